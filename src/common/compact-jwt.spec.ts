import fc from 'fast-check';
import { jsonObjectOfPart, readCompactJwt } from './compact-jwt';

const part = (content: string | Uint8Array) => Buffer.from(content).toString('base64url');
const header = part('{"alg":"ES256"}');
const claims = part('{"sub":"a"}');

describe('a JWT in compact form', () => {
  it('is read', () => {
    expect(readCompactJwt(`${header}.${claims}.AAAA`)).toEqual({
      header: { alg: 'ES256' },
      claims: { sub: 'a' },
    });
  });

  it.each([
    ['no dot', header],
    ['one dot', `${header}.${claims}`],
    ['three dots', `${header}.${claims}.AAAA.`],
    ['five parts', `${header}.${claims}.AAAA.AAAA.AAAA`],
    ['no header', `.${claims}.AAAA`],
    ['no claims', `${header}..AAAA`],
    ['no signature', `${header}.${claims}.`],
    ['a blank', `${header}.${claims}. AAAA`],
    ['a line end', `${header}.${claims}.AAAA\n`],
    ['padding', `${header}.${claims}.AA==`],
    ['the other alphabet', `${header}.${claims}.+/+/`],
    ['unused bits', `${header}.${claims}.AB`],
    ['a character too few', `${header}.${claims}.AAAAA`],
    ['a signature that is no base64url', `${header}.${claims}.****`],
    ['claims 33 lists deep', `${header}.${part(`{"a":${'['.repeat(32)}${']'.repeat(32)}}`)}.AAAA`],
    ['claims 33 objects deep', `${header}.${part(`${'{"":'.repeat(33)}1${'}'.repeat(33)}`)}.AAAA`],
    ['a header of 65 objects', `${part(`{"a":[${'{},'.repeat(64)}1]}`)}.${claims}.AAAA`],
    ['claims that are another JWT', `${header}.${part(`${header}.${claims}.AAAA`)}.AAAA`],
  ])('is none with %s', (_case, text) => expect(readCompactJwt(text)).toBeUndefined());
});

describe('the claims of a JWT', () => {
  it.each([
    ['nest 32 deep', `{"a":${'['.repeat(31)}${']'.repeat(31)}}`],
    ['have many objects side by side', `{"a":[${'{"b":[]},'.repeat(200)}1]}`],
    ['have brackets in texts', `{"a":"${'[{'.repeat(200)}","\\"${'['.repeat(100)}":1}`],
    ['have a backslash before a quote', `{"a":"\\\\","b":{"c":"\\\\\\"${'{'.repeat(100)}"}}`],
  ])('may %s', (_case, text) => {
    expect(readCompactJwt(`${header}.${part(text)}.AAAA`)?.claims).toEqual(JSON.parse(text));
  });
});

describe('a part of a JWT', () => {
  it.each([
    ['a list', '[]'],
    ['a text', '"a"'],
    ['null', 'null'],
    ['two values', '{}{}'],
    ['a byte order mark', '\uFEFF{}'],
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, once escaped', '{"a":1,"\\u0061":1}'],
    ['a member twice, far apart', '{"a":1,"b":{"c":[{"d":1}]} ,"a" :1}'],
    ['a member twice, deep inside', '{"a":[1,{"b":{"c":1,"c":2}}]}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['an empty name twice', '{"":1,"":2}'],
  ])('holds no object if it is %s', (_case, text) => {
    expect(jsonObjectOfPart(part(text))).toBeUndefined();
  });

  it('holds no object if it is no UTF-8', () => {
    const quoted = (byte: number[]) =>
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from(byte), Buffer.from('"}')]);
    expect(jsonObjectOfPart(part(quoted([0x62])))).toEqual({ a: 'b' });
    for (const wrong of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
      expect(jsonObjectOfPart(part(quoted(wrong)))).toBeUndefined();
  });

  it('may name a member in one object, in another, and in texts', () => {
    const text = '{"a":{"a":"\\"a\\":{","b":[{"a":1},{"a":"}"}]},"b":"{\\\\","c":"a"}';
    expect(jsonObjectOfPart(part(text))).toEqual(JSON.parse(text));
  });

  it('may be any object that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const text = JSON.stringify(value);
        expect(jsonObjectOfPart(part(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is never one with a member more of the same name', () => {
    const pairs = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
    fc.assert(
      fc.property(pairs, fc.nat(), (value, position) => {
        const members = Object.entries(value).map((pair) => pair.map((one) => JSON.stringify(one)).join(':'));
        const again = members[position % members.length] ?? '';
        expect(jsonObjectOfPart(part(`{${[...members, again].join(',')}}`))).toBeUndefined();
      }),
    );
  });
});
