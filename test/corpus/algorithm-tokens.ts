import { createHash } from 'node:crypto';
import { encoded, foreignKeys, type NegativeToken, signatureOf, type TokenForge } from './token-forge';

/** RFC 8725 sections 3.1 and 3.2: the algorithm is the verifier's choice, never the token's. */
export function algorithmTokens(forge: TokenForge): NegativeToken[] {
  return [...unsigned(forge), ...confusedKeys(forge), ...misnamed(forge), ...foreignSigned(forge)];
}

/** RFC 8725 section 2.1, RFC 7518 section 3.6. */
function unsigned(forge: TokenForge): NegativeToken[] {
  const signature = forge.good().split('.')[2] ?? '';
  const spellings = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\u0000', 'ｎｏｎｅ'];
  const names = [...spellings, '', null, undefined, 0, true, [], ['none'], {}];
  return names.flatMap((alg) =>
    Object.entries({ 'an empty': '', 'a good': signature, any: 'AAAA' }).map(([which, text]) => ({
      name: `alg ${JSON.stringify(alg)} with ${which} signature`,
      token: forge.withSignature(text, { ...forge.header, alg }),
      rule: 'RFC 8725 section 2.1',
      passesForm: false,
    })),
  );
}

/** What everybody knows, used as the secret of an HMAC: RFC 8725 section 2.1. */
function confusedKeys(forge: TokenForge): NegativeToken[] {
  const { verifyWith, keyId = '' } = forge.terms.key;
  const pem = verifyWith.type === 'public' ? String(verifyWith.export({ type: 'spki', format: 'pem' })) : '';
  const secrets = {
    'the PEM': pem,
    'the PEM without its last line end': pem.trimEnd(),
    'the PEM without its line ends': pem.replaceAll('\n', ''),
    'the body of the PEM': pem.replaceAll(/-----[^-]+-----|\n/g, ''),
    'the JWK': JSON.stringify(verifyWith.export({ format: 'jwk' })),
    'the kid': keyId,
    'an empty secret': '',
    'the word secret': 'secret',
  };
  return ['HS256', 'HS384', 'HS512'].flatMap((alg) =>
    Object.entries(secrets)
      // With a shared secret its JWK form would be the one thing that nobody else knows.
      .filter(([what]) => verifyWith.type === 'public' || !what.startsWith('the JWK'))
      .map(([what, secret]) => ({
        name: `${alg} by ${what}`,
        token: forge.signedBy({ ...forge.header, alg }, alg, secret),
        rule: 'RFC 8725 section 3.1',
        passesForm: alg === forge.terms.key.algorithm,
      })),
  );
}

/** A good signature under another name than that of the key's one algorithm. */
function misnamed(forge: TokenForge): NegativeToken[] {
  const { algorithm, signWith } = forge.terms.key;
  const standard = ['HS256', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA'];
  const spellings = [algorithm.toLowerCase(), ` ${algorithm}`, `${algorithm}\n`, `${algorithm}\u0000`];
  const odd = ['toString', '__proto__', 'constructor', 'ES256K', 'RSA-OAEP', 'dir', 'x'.repeat(200)];
  return [...standard, ...spellings, ...odd, [algorithm], { alg: algorithm }]
    .filter((alg) => alg !== algorithm)
    .map((alg) => ({
      name: `a good signature under alg ${JSON.stringify(alg).slice(0, 40)}`,
      token: forge.signedBy({ ...forge.header, alg }, algorithm, signWith),
      rule: 'RFC 8725 section 3.1',
      passesForm: false,
    }));
}

/** Somebody else's keys of every kind, under their own name and under ours, and our key used in another way. */
function foreignSigned(forge: TokenForge): NegativeToken[] {
  const { algorithm } = forge.terms.key;
  const rule = 'RFC 7515 section 5.2';
  const strangers = Object.entries(foreignKeys()).flatMap(([alg, key]) => [
    {
      name: `a foreign ${alg} key under its own name`,
      token: forge.signedBy({ ...forge.header, alg }, alg, key),
      ...{ rule, passesForm: alg === algorithm },
    },
    {
      name: `a foreign ${alg} key under our alg`,
      token: forge.signedBy(forge.header, alg, key),
      ...{ rule, passesForm: true },
    },
  ]);
  return [...strangers, ...otherUses(forge)];
}

/** Our own key with another hash or padding. */
function otherUses(forge: TokenForge): NegativeToken[] {
  const { algorithm, signWith } = forge.terms.key;
  const family = algorithm.slice(0, 2);
  const names = { ES: ['ES256', 'ES384'], HS: ['HS256', 'HS512'] };
  const siblings =
    family === 'ES' || family === 'HS' ? names[family] : ['RS256', 'RS384', 'RS512', 'PS256', 'PS512'];
  const input = forge.inputOf();
  const digest = createHash('sha256').update(input).digest('base64url');
  const hashOnly = { name: 'the bare hash of the input', token: forge.withSignature(digest) };
  const others = siblings
    .filter((alg) => alg !== algorithm)
    .map((alg) => ({
      name: `our key used as with ${alg}`,
      token: forge.withSignature(encoded(signatureOf(input, alg, signWith))),
    }));
  return [hashOnly, ...others].map((one) => ({ ...one, rule: 'RFC 8725 section 3.2', passesForm: true }));
}
