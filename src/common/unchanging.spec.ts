import { isUnchanging, makeKnownUnchanging, makeUnchanging } from './unchanging';

function person() {
  return Object.freeze({ roles: ['reader'], attributes: { mail: ['a@example.org'], rows: [{ name: 'a' }] } });
}

it('freezes a value with all that it holds, what was frozen by others as well', () => {
  const given = person();
  makeUnchanging(given);
  const { roles, attributes } = given;
  const all = [given, roles, attributes, attributes.mail, attributes.rows, attributes.rows[0]];
  expect(all.every((part) => Object.isFrozen(part))).toBe(true);
  expect(() => roles.push('admin')).toThrow(TypeError);
});

it('knows what was asked to be known, and neither what was only frozen nor its parts', () => {
  const given = person();
  makeUnchanging(given);
  expect(isUnchanging(given)).toBe(false);
  makeKnownUnchanging(given);
  expect([isUnchanging(given), isUnchanging(given.attributes)]).toEqual([true, false]);
});

it('freezes what is asked to be known, and the rest of what holds it', () => {
  const identity = person();
  const session = { identity, chain: { generation: 1 } };
  makeKnownUnchanging(identity);
  makeUnchanging(session);
  expect([identity.roles, session, session.chain].every((part) => Object.isFrozen(part))).toBe(true);
});
