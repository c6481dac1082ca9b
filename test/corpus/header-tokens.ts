import { createPublicKey } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { encoded, foreignKeys, type Json, type NegativeToken, type TokenForge } from './token-forge';

/** What a header may not say, each under a good signature unless it is said otherwise. */
export function headerTokens(forge: TokenForge): NegativeToken[] {
  return [
    ...keyNames(forge),
    ...broughtKeys(forge),
    ...extensions(forge),
    ...types(forge),
    ...doubleMembers(forge),
    ...oddHeaders(forge),
  ];
}

/** RFC 8725 section 3.10: `kid` is a stranger's text. */
function keyNames(forge: TokenForge): NegativeToken[] {
  const kid = forge.terms.key.keyId;
  const texts = [
    '',
    'A'.repeat(43),
    'judicial-1',
    ...['../../../../dev/null', '/dev/null', 'file:///dev/null', `${forge.terms.trapUrl}/kid`],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'],
    ...["' OR '1'='1", '$(id)', '*', '0', '\u0000', 'ключ'],
    'k'.repeat(200),
    'k'.repeat(8000),
    ...(kid === undefined
      ? []
      : [` ${kid}`, `${kid} `, `${kid}\u0000`, kid.slice(1), `${kid}A`, kid.toUpperCase()]),
  ];
  const absent = kid === undefined ? [] : [undefined];
  return [
    ...new Set(texts.filter((text) => text !== kid)),
    ...absent,
    null,
    0,
    1,
    true,
    [],
    {},
    [kid ?? 'one'],
    { kid: kid ?? 'one' },
  ].map((one) => ({
    name: `kid ${brief(one)}`,
    token: forge.withHeader({ kid: one }),
    rule: 'RFC 8725 section 3.10',
    passesForm: false,
    // RFC 7515 section 4.1.4: where there is one key, a verifier may do without a name.
    ...(one === undefined && { strictness: 'ours' as const }),
  }));
}

function brief(kid: unknown): string {
  const text = JSON.stringify(kid) ?? 'missing';
  return text.length > 60 ? `of ${text.length} characters` : text;
}

/** RFC 8725 section 3.10, RFC 7515 sections 4.1.2 to 4.1.8: no key in a token, nor its address, is ever used. */
function broughtKeys(forge: TokenForge): NegativeToken[] {
  const { trapUrl } = forge.terms;
  const { algorithm, keyId } = forge.terms.key;
  const stranger = foreignKeys()[algorithm] ?? foreignKeys()['ES256'];
  if (!stranger) throw new Error('there are no foreign keys');
  const jwk = {
    ...createPublicKey(stranger).export({ format: 'jwk' }),
    kid: keyId,
    alg: algorithm,
    use: 'sig',
  };
  const der = createPublicKey(stranger).export({ type: 'spki', format: 'der' }).toString('base64');
  const members: Json = {
    jku: `${trapUrl}/jku`,
    x5u: `${trapUrl}/x5u`,
    jwk,
    x5c: [der],
    x5t: encoded(Buffer.alloc(20)),
    'x5t#S256': encoded(Buffer.alloc(32)),
  };
  const signAlgorithm = algorithm.startsWith('HS') ? 'ES256' : algorithm;
  return Object.entries(members).flatMap(([name, value]) => {
    const header = { ...forge.header, [name]: value };
    const rule = 'RFC 8725 section 3.10';
    return [
      {
        name: `${name} of a stranger who signed`,
        token: forge.signedBy(header, signAlgorithm, stranger),
        rule,
        passesForm: false,
      },
      {
        name: `${name} without a kid, of a stranger who signed`,
        token: forge.signedBy({ ...header, kid: undefined }, signAlgorithm, stranger),
        ...{ rule, passesForm: false },
      },
      {
        name: `${name} under our signature`,
        token: forge.withHeader({ [name]: value }),
        rule,
        passesForm: false,
        strictness: 'ours',
      },
    ];
  });
}

/** RFC 7515 section 4.1.11, RFC 7797 section 7, RFC 7516 section 4.1.3. */
function extensions(forge: TokenForge): NegativeToken[] {
  const critical: Json[] = [
    { crit: [] },
    { crit: null },
    { crit: 'exp' },
    { crit: {} },
    { crit: ['exp'], exp: 1 },
    { crit: ['alg'] },
    { crit: ['unknown'], unknown: true },
    { crit: ['unknown'] },
    { crit: ['b64'], b64: false },
    { crit: ['http://openbanking.org.uk/iat'], 'http://openbanking.org.uk/iat': 1 },
  ];
  const harmless: Json[] = [
    { crit: ['b64'], b64: true },
    ...[{ b64: false }, { b64: true }, { zip: 'DEF' }, { enc: 'A128GCM' }, { cty: 'JWT' }],
    ...[{ nonce: 'n' }, { epk: {} }, { iss: 'x' }, { __unknown: 1 }, { '': 1 }],
  ];
  const input = `${encoded(JSON.stringify({ ...forge.header, zip: 'DEF' }))}`;
  const deflated = encoded(deflateRawSync(JSON.stringify(forge.terms.claims)));
  const header = encoded(JSON.stringify({ ...forge.header, crit: ['b64'], b64: false }));
  const rule = 'RFC 7515 section 4.1.11';
  return [
    ...critical.map((more) => ({
      name: `header with ${JSON.stringify(more)}`,
      token: forge.withHeader(more),
      rule,
      passesForm: false,
    })),
    ...harmless.map((more) => ({
      name: `header with ${JSON.stringify(more)}`,
      token: forge.withHeader(more),
      ...{ rule, passesForm: false, strictness: 'ours' as const },
    })),
    {
      name: 'a deflated payload',
      token: forge.signedParts(input, deflated),
      rule: 'RFC 7519 section 7.2',
      passesForm: false,
    },
    {
      name: 'a payload that is not encoded',
      token: forge.signedParts(header, JSON.stringify(forge.terms.claims).replaceAll('.', '')),
      ...{ rule: 'RFC 7797 section 7', passesForm: false },
    },
  ];
}

/** RFC 9068 section 4, RFC 8725 section 3.11: one kind of token never passes for another. */
function types(forge: TokenForge): NegativeToken[] {
  const names = [
    ...['JWT', 'jwt', 'application/jwt', 'id+jwt', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', 'rt+jwt'],
    ...[
      '',
      'at',
      'atjwt',
      'at-jwt',
      'at jwt',
      'at+jwt ',
      ' at+jwt',
      'at+jwt\u0000',
      'ａt+jwt',
      'at+jwt; v=1',
    ],
    ...['application/at+jwt+x', 'application/application/at+jwt', 'text/at+jwt', 'at+jwt,JWT'],
  ];
  return [...names, undefined, null, 1, true, ['at+jwt'], { typ: 'at+jwt' }].map((typ) => ({
    name: `typ ${typ === undefined ? 'missing' : JSON.stringify(typ)}`,
    token: forge.withHeader({ typ }),
    rule: 'RFC 9068 section 4',
    // The form is that of an ID token, or of none of ours; what counts is that no signature is looked at.
    passesForm: false,
  }));
}

/** RFC 7515 section 4: header parameter names are unique. */
function doubleMembers(forge: TokenForge): NegativeToken[] {
  const { header } = forge;
  const good = JSON.stringify(header).slice(1, -1);
  const texts = Object.entries(header).flatMap(([name, value]) => {
    const same = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    const other = `${JSON.stringify(name)}:"other"`;
    const escaped = `"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${JSON.stringify(value)}`;
    return [
      `{${good},${same}}`,
      `{${other},${good}}`,
      `{${good},${escaped}}`,
      `{${other}, ${other},${good}}`,
    ];
  });
  return texts.map((text) => ({
    name: `header ${text.replaceAll(/[\w-]{43}/g, '…')}`,
    token: forge.signedText(text, JSON.stringify(forge.terms.claims)),
    rule: 'RFC 7515 section 4',
    passesForm: false,
    // A verifier may also take the last of them.
    strictness: 'ours' as const,
  }));
}

function oddHeaders(forge: TokenForge): NegativeToken[] {
  const good = JSON.stringify(forge.header);
  const payload = JSON.stringify(forge.terms.claims);
  const overlong = Buffer.concat([
    Buffer.from(good.slice(0, -1)),
    Buffer.from(',"a":"'),
    Buffer.from([0xff]),
    Buffer.from('"}'),
  ]);
  const texts: Readonly<Record<string, string | Uint8Array>> = {
    'a list': `[${good}]`,
    'a text': JSON.stringify(good),
    null: 'null',
    'a number': '1',
    'an empty object': '{}',
    nothing: '',
    'a byte order mark first': `\uFEFF${good}`,
    'a comma too many': `${good.slice(0, -1)},}`,
    'a comment': `${good}//`,
    'two objects': `${good}${good}`,
    'a NUL at the end': `${good}\u0000`,
    'quotes of another kind': good.replaceAll('"', "'"),
    'half of it': good.slice(0, 20),
    'bytes that are no UTF-8': overlong,
  };
  const names = Array.from({ length: 1000 }, (_one, index) => `"${index}":1`);
  const filler = JSON.stringify({ ...forge.header, filler: 'x'.repeat(11_000) });
  return [
    ...Object.entries(texts).map(([what, text]) => ({
      name: `a header that is ${what}`,
      token: forge.signedText(text, payload),
      // Web-platform decoders drop the mark.
      ...(what.startsWith('a byte order') && { strictness: 'ours' as const }),
      ...{ rule: 'RFC 7515 section 5.2', passesForm: false },
    })),
    {
      name: 'a header of 15 KB',
      token: forge.signedText(filler, payload),
      rule: 'a limit of ours',
      passesForm: false,
      strictness: 'ours',
    },
    ...Object.entries({
      'a header 2,000 objects deep': `${good.slice(0, -1)},"a":${'{"":'.repeat(2000)}1${'}'.repeat(2001)}`,
      'a header of 1,000 names': `${good.slice(0, -1)},${names.join()}}`,
    }).map(([name, header]) => ({
      ...{ name, token: forge.signedText(header, payload) },
      ...{ rule: 'a limit of ours', passesForm: false, strictness: 'ours' as const },
    })),
  ];
}
