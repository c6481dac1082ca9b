import { encoded, type Json, type NegativeToken, type TokenForge } from './token-forge';

/** What a payload may not say, each under our own signature. */
export function claimTokens(forge: TokenForge): NegativeToken[] {
  return [
    ...parties(forge),
    ...times(forge),
    ...missing(forge),
    ...doubleClaims(forge),
    ...oddPayloads(forge),
    ...costlyPayloads(forge),
    ...otherKinds(forge),
  ];
}

/** RFC 8725 sections 3.8 and 3.9. */
function parties(forge: TokenForge): NegativeToken[] {
  const { iss, aud } = forge.terms.claims;
  if (typeof iss !== 'string' || typeof aud !== 'string') throw new Error('the good claims lack iss or aud');
  const near = (text: string) => [
    `${text}/`,
    ` ${text}`,
    `${text} `,
    `${text}\u0000`,
    `x${text}`,
    text.slice(1),
    '',
  ];
  const shouted = (text: string) => (text === text.toUpperCase() ? [] : [text.toUpperCase()]);
  const issuers = [
    ...near(iss),
    ...shouted(iss),
    'https://other.example',
    [iss],
    [iss, 'x'],
    null,
    0,
    true,
    {},
  ];
  const audiences = [
    ...near(aud),
    ...shouted(aud),
    'other',
    ['other'],
    [],
    [[aud]],
    null,
    0,
    true,
    {},
    { 0: aud },
  ];
  // Ours are for one audience: a list is none of ours, though RFC 7519 section 4.1.3 would let it hold us.
  const lists = [[aud], [aud, 'other'], ['other', aud]];
  return [
    ...issuers.map((one) => claimed(forge, { iss: one }, 'RFC 8725 section 3.8')),
    ...audiences.map((one) => claimed(forge, { aud: one }, 'RFC 8725 section 3.9')),
    ...lists.map((one) => ({
      ...claimed(forge, { aud: one }, 'RFC 9068 section 2.2'),
      strictness: 'ours' as const,
    })),
  ];
}

/** RFC 7519 sections 4.1.4 to 4.1.6. */
function times(forge: TokenForge): NegativeToken[] {
  const { nowSeconds } = forge.terms;
  const ended = [nowSeconds - 1, nowSeconds, nowSeconds - 86_400, 0].map((exp) => ({
    ...claimed(forge, { exp }, 'RFC 9068 section 4'),
    code: 'TOKEN_EXPIRED' as const,
  }));
  const early = [nowSeconds + 31, nowSeconds + 86_400, Number.MAX_SAFE_INTEGER];
  const notYet = early.map((nbf) => claimed(forge, { nbf }, 'RFC 7519 section 4.1.5'));
  const words = ['"2099-01-01"', `"${nowSeconds + 60}"`, 'null', 'true', '[]', '{}', `[${nowSeconds + 60}]`];
  const numbers = ['1e400', '-1e400', '1e30', '-1', `${nowSeconds + 60}.5`];
  return [
    ...ended,
    ...notYet,
    ...early.map((iat) => ({
      ...claimed(forge, { iat }, 'RFC 7519 section 4.1.6'),
      strictness: 'ours' as const,
    })),
    ...words.flatMap((text) => ['exp', 'nbf'].map((name) => written(forge, name, text))),
    ...words.flatMap((text) => ['iat', 'auth_time'].map((name) => ours(written(forge, name, text)))),
    ...numbers.flatMap((text) => ['exp', 'iat', 'auth_time'].map((name) => ours(written(forge, name, text)))),
    ...['1e400', '1e30'].map((text) => written(forge, 'nbf', text)),
    ...['NaN', 'Infinity', '+1', '01', '0x7fffffff', '1_000', '.5', '1.', "'1'"].map((text) =>
      written(forge, 'exp', text),
    ),
  ];
}

/** RFC 9068 section 2.2. */
function missing(forge: TokenForge): NegativeToken[] {
  const rule = 'RFC 9068 section 2.2';
  const byAll = ['iss', 'aud', 'exp', 'sub', 'sid', 'auth_time'];
  const required = [...byAll, 'client_id', 'iat', 'jti'];
  const values = (name: string) => (byAll.includes(name) ? [] : [null, 7, true, ['x'], {}]);
  const texts = ['sub', 'sid'].flatMap((name) => [null, 7, ['x'], {}].map((value) => ({ name, value })));
  return [
    ...required.map((name) => {
      const one = claimed(forge, { [name]: undefined }, rule);
      return byAll.includes(name) ? one : ours(one);
    }),
    ...required.flatMap((name) =>
      values(name)
        .filter((value) => name !== 'iat' || value !== 7)
        .map((value) => ours(claimed(forge, { [name]: value }, rule))),
    ),
    ...texts.map(({ name, value }) => ours(claimed(forge, { [name]: value }, rule))),
  ];
}

/** RFC 7519 section 4: claim names are unique. */
function doubleClaims(forge: TokenForge): NegativeToken[] {
  const good = JSON.stringify(forge.terms.claims).slice(1, -1);
  const twice = Object.entries(forge.terms.claims).flatMap(([name, value]) => {
    const [label, text] = [JSON.stringify(name), JSON.stringify(value)];
    const escaped = `"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${text}`;
    return [`{${label}:"admin",${good}}`, `{${good},${label}:${text}}`, `{${good},${escaped}}`];
  });
  const inside = [`{${good},"nested":{"a":1,"a":2}}`, `{${good},"nested":[{"b":[{"a":1,"c":[],"a":2}]}]}`];
  return [...twice, ...inside].map((text) => ({
    name: `claims twice: ${nameOf(text, good)}`,
    token: forge.withPayload(text),
    rule: 'RFC 7519 section 4',
    passesForm: true,
    strictness: 'ours' as const,
  }));
}

function oddPayloads(forge: TokenForge): NegativeToken[] {
  const good = JSON.stringify(forge.terms.claims);
  const withBytes = (...bytes: number[]) =>
    Buffer.concat([Buffer.from(`${good.slice(0, -1)},"name":"`), Buffer.from(bytes), Buffer.from('"}')]);
  const nested = forge.good();
  const texts: Readonly<Record<string, string | Uint8Array>> = {
    'a list': `[${good}]`,
    'a text': JSON.stringify(good),
    ...{ null: 'null', 'a number': '7', true: 'true', 'an empty object': '{}', 'no text': '' },
    'an empty list': '[]',
    'plain text': 'sub=admin',
    'a byte order mark first': `\uFEFF${good}`,
    'a NUL at the end': `${good}\u0000`,
    'a comma too many': `${good.slice(0, -1)},}`,
    'a comment': `${good}/**/`,
    'two objects': `${good}${good}`,
    'half of it': good.slice(0, good.length / 2),
    'another JWT': nested,
    'another JWT as a text': JSON.stringify(nested),
    'UTF-16': Buffer.from(good, 'utf16le'),
    'gone but for a prototype': '{"__proto__":' + good + '}',
  };
  const bytes: Readonly<Record<string, Uint8Array>> = {
    'a byte that UTF-8 never has': withBytes(0xff),
    'an overlong form': withBytes(0xc0, 0xaf),
    'a surrogate': withBytes(0xed, 0xa0, 0x80),
    'half of a character': withBytes(0xe2, 0x82),
    'a code point past the last': withBytes(0xf4, 0x90, 0x80, 0x80),
  };
  const rule = 'RFC 7519 section 7.2';
  const rows = Object.entries(texts).map(([what, text]) => ({
    name: `a payload that is ${what}`,
    token: forge.withPayload(text),
    // Web-platform decoders drop the mark.
    ...(what.startsWith('a byte order') && { strictness: 'ours' as const }),
    ...{ rule, passesForm: text !== '' },
  }));
  const utf8 = Object.entries(bytes).map(([what, text]) => ({
    name: `a payload with ${what}`,
    token: forge.withPayload(text),
    // Web-platform decoders put U+FFFD there, which is what a general verifier may do.
    ...{ rule: 'RFC 8725 section 3.7', passesForm: true, strictness: 'ours' as const },
  }));
  return [...rows, ...utf8];
}

/** What is dear to look through, in tokens of nearly the longest that are taken. Nobody has signed them. */
function costlyPayloads(forge: TokenForge): NegativeToken[] {
  const good = JSON.stringify(forge.terms.claims).slice(1, -1);
  const [, , signature = ''] = forge.good().split('.');
  const numbers = Array.from({ length: 1000 }, (_one, index) => index);
  const payloads: Readonly<Record<string, string>> = {
    'claims 2,000 objects deep': `{${good},"a":${'{"":'.repeat(2000)}1${'}'.repeat(2001)}`,
    'claims of 3,000 objects': `{${good},"a":[${'{},'.repeat(3000)}1]}`,
    'claims of 1,000 names': `{${good},${numbers.map((one) => `"${one}a":1`).join()}}`,
    'claims of 1,000 escaped names': `{${good},${numbers.map((one) => `"\\u0061${one}":1`).join()}}`,
    'claims 5,000 lists deep': `{${good},"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  };
  const headers = {
    'that nobody signed': { header: forge.header, passesForm: true },
    'under a key of nobody': { header: { ...forge.header, kid: 'A'.repeat(43) }, passesForm: false },
    'of another type': { header: { ...forge.header, typ: 'JWT' }, passesForm: false },
  };
  return Object.entries(payloads).flatMap(([what, payload]) =>
    Object.entries(headers).map(([how, { header, passesForm }]) => ({
      name: `${what} ${how}`,
      token: `${encoded(JSON.stringify(header))}.${encoded(payload)}.${signature}`,
      ...{ rule: 'RFC 7515 section 5.2', passesForm },
    })),
  );
}

/** RFC 8725 section 2.8: what else the same key may have signed. */
function otherKinds(forge: TokenForge): NegativeToken[] {
  const { claims, nowSeconds, key } = forge.terms;
  const id = {
    iss: claims['iss'],
    sub: claims['sub'],
    aud: claims['client_id'],
    iat: nowSeconds,
    exp: nowSeconds + 60,
  };
  const logout = { ...id, events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, jti: 'j' };
  const kinds: readonly [string, string | undefined, Json][] = [
    ['an ID token', 'JWT', { ...id, sid: claims['sid'], auth_time: nowSeconds, at_hash: 'x' }],
    ['an ID token that names our audience', 'JWT', { ...id, aud: claims['aud'], sid: claims['sid'] }],
    ['a logout token', 'logout+jwt', logout],
    ['a security event', 'secevent+jwt', logout],
    ['a client assertion', 'client-authentication+jwt', { ...id, iss: 'app', sub: 'app' }],
    [
      'an introspection answer',
      'token-introspection+jwt',
      { ...claims, token_introspection: { active: true } },
    ],
    ['a proof of possession', 'dpop+jwt', { ...claims, htm: 'GET', htu: '/' }],
    ['an untyped token', undefined, claims],
  ];
  return kinds.map(([name, typ, payload]) => ({
    name,
    token: forge.signedText(
      JSON.stringify({ alg: key.algorithm, typ, kid: key.keyId }),
      JSON.stringify(payload),
    ),
    rule: 'RFC 8725 section 3.11',
    passesForm: false,
  }));
}

function claimed(forge: TokenForge, changes: Json, rule: string): NegativeToken {
  const [[name, value] = ['', undefined]] = Object.entries(changes);
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return { name: `${name} ${text}`, token: forge.withClaims(changes), rule, passesForm: true };
}

function written(forge: TokenForge, name: string, json: string): NegativeToken {
  const token = forge.withClaimText(name, json);
  return { name: `${name} written as ${json}`, token, rule: 'RFC 7519 section 2', passesForm: true };
}

function ours(one: NegativeToken): NegativeToken {
  return { ...one, strictness: 'ours' };
}

function nameOf(text: string, good: string): string {
  return text.replace(good, '…').slice(0, 80);
}

/** A token whose claims fill it up to nearly the longest that is taken. */
export function longGoodToken(forge: TokenForge, bytes: number): string {
  const room = Math.floor((bytes - encoded(JSON.stringify(forge.terms.claims)).length - 500) * 0.75);
  return forge.withClaims({ filler: 'x'.repeat(room) });
}
