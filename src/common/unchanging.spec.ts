import { isUnchanging, makeUnchanging } from './unchanging';

describe('makeUnchanging', () => {
  it('freezes a value with all that it holds, what was frozen by others as well', () => {
    const roles = ['reader'];
    const person = Object.freeze({ roles, attributes: { mail: ['a@example.org'] } });
    expect(isUnchanging(person)).toBe(false);
    makeUnchanging(person);
    expect([person, roles, person.attributes, person.attributes.mail].every(isUnchanging)).toBe(true);
    expect(() => roles.push('admin')).toThrow(TypeError);
  });

  it('ends with what holds itself, and takes anything', () => {
    const ring: { next?: object } = {};
    ring.next = ring;
    makeUnchanging(ring);
    expect(isUnchanging(ring)).toBe(true);
    for (const plain of [undefined, null, 7, 'text']) expect(() => makeUnchanging(plain)).not.toThrow();
  });
});
