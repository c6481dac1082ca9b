import fc from 'fast-check';
import { auditableData } from './client-data';

describe('auditableData', () => {
  it('says nothing of nothing', () => {
    expect(auditableData({ context: undefined, tenantId: null }, [])).toBeUndefined();
  });

  it('leaves out members with the name of a secret, and texts that hold one, at any depth', () => {
    const said = { a: [{ userPassword: 'x', 'pin-hunter2': 1, note: 'hunter2!' }], plain: true };
    expect(auditableData(said, ['hunter2', ''])).toEqual({
      a: [{ userPassword: '[left out]', '[left out]': 1, note: '[left out]' }],
      plain: true,
    });
  });

  it('names what does not fit, the largest first', () => {
    const said = { large: 'l'.repeat(3000), small: 's', middle: 'm'.repeat(2000) };
    expect(auditableData(said, [])).toEqual({ small: 's', middle: said.middle, omitted: ['large'] });
  });

  it('goes down a bounded way', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 5000; level++) deep = [deep];
    expect(JSON.stringify(auditableData({ deep }, []))).toBe('{"deep":[[[[[[[["[left out]"]]]]]]]]}');
  });

  it('never holds a known secret, and never more than it may', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string({ minLength: 20 }),
        (said, secret) => {
          const spoiled = { ...said, mine: { deep: [`${secret}!`], [secret]: secret } };
          const data = JSON.stringify(auditableData(spoiled, [secret]) ?? {});
          expect(data).not.toContain(JSON.stringify(secret).slice(1, -1));
          expect(Buffer.byteLength(data)).toBeLessThan(4096 + 2000);
        },
      ),
    );
  });
});
