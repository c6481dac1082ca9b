import fc from 'fast-check';
import { auditableData } from './client-data';

describe('auditableData', () => {
  it('says nothing of nothing', () => {
    expect(auditableData({ context: undefined, tenantId: null }, [])).toBeUndefined();
  });

  it('leaves out members with the name of a secret, and texts that hold one, at any depth', () => {
    const said = { a: [{ userPassword: 'x', 'at-hunter2': 1, note: 'hunter2!' }], plain: true };
    expect(auditableData(said, ['hunter2', ''])).toEqual({
      a: [{ userPassword: '[left out]', '[left out]': 1, note: '[left out]' }],
      plain: true,
    });
  });

  it.each<[string, unknown, string[]]>([
    ['a number', { n: 20_241_231 }, ['20241231']],
    ['a number in another spelling', { n: 100 }, ['1e2']],
    ['a number that lost its last digits', { n: Number('12345678901234567891') }, ['12345678901234567891']],
    ['a truth value', { is: true }, ['true']],
    ['JSON within a text', { text: '{"a":["{\\"x\\":\\"CANARY\\"}"]}' }, ['CANARY']],
    ['the name of a secret in JSON within a text', { text: '{"password":"CANARY"}' }, []],
    ['JSON that is cut off', { text: '{"password":"CANARY"' }, []],
    ['JSON with something after it', { text: '{"clientSecret":"CANARY"};' }, []],
    ['a form', { text: 'a=b&clave=CANARY' }, []],
    ['a secret as a form writes it', { text: 'a=CANARY+%26+%C3%B1' }, ['CANARY & ñ']],
    ['a secret as JSON writes it', { text: '{"a":"CANARY\\"s"' }, ['CANARY"s']],
    ['Spanish', { clave: 'CANARY', contraseña: 'CANARY', Contrasena: 'CANARY', credencial: 'CANARY' }, []],
    ['letters with marks of their own', { ['contraseña'.normalize('NFD')]: 'CANARY' }, []],
    ['short words', { pin: 'CANARY', userPin: 'CANARY', PIN_CODE: 'CANARY', otp: 'CANARY' }, []],
    ['Chinese', { 密码: 'CANARY' }, []],
  ])('leaves out %s', (_case, said, secrets) => {
    const text = JSON.stringify(auditableData({ said }, secrets));
    expect(text).toContain('[left out]');
    for (const secret of ['CANARY', ...secrets]) expect(text).not.toContain(secret);
  });

  it('keeps what speaks of no secret', () => {
    const said = {
      shopping: 'at the shop in Madrid',
      opinion: 'good',
      amount: 12,
      text: '{"a":"b"}',
      is: null,
    };
    expect(auditableData({ said }, ['hunter2'])).toEqual({ said: { ...said, text: { a: 'b' } } });
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
