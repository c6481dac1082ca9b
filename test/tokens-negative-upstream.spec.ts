import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { negativeTokens } from './corpus/negative-tokens';
import { type Json, type NegativeToken, TokenForge } from './corpus/token-forge';
import { audience, claims, issuer, KeyPairs, nowSeconds } from './support/keys-bench';

const kid = 'one';

function privateKeyFor(algorithm: string): KeyObject {
  if (algorithm.startsWith('ES'))
    return generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

/**
 * What a service may write as it likes: the source's tokens are not ours, so its types and claims are its own affair, and so is a
 * header that we need not understand (RFC 7515 section 4).
 */
function isForTheService({ name }: NegativeToken): boolean {
  return (
    /^(typ |header with \{"(zip|enc|cty|nonce|epk|iss|__unknown|)":)/.test(name) ||
    /^(jku|x5u|jwk|x5c|x5t|x5t#S256) under our signature$/.test(name) ||
    /^(sub|sid|client_id|jti|auth_time|iat) (missing|written|null|-?\d|true|\[|\{)/.test(name) ||
    /^aud \["(app|other)"(,"(app|other)")?\]$/.test(name) ||
    /^exp written as \d+\.5$/.test(name) ||
    /^exp written as 1e30$/.test(name) ||
    /^a header of (15 KB|1,000 names)$/.test(name) ||
    /^(an ID token that names our audience|an introspection answer|a proof of possession|an untyped token)$/.test(
      name,
    )
  );
}

describe.each(['RS256', 'ES256', 'PS256', 'ES384'])('the verifier of the source’s %s tokens', (algorithm) => {
  it('refuses the negative corpus but for what its service may decide, and fetches its one key set alone', async () => {
    const signWith = privateKeyFor(algorithm);
    const verifyWith = createPublicKey(signWith);
    const jwk = { ...verifyWith.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
    const pairs = await KeyPairs.make();
    const { keys, service } = await pairs.bench({ algorithms: [algorithm] }, [jwk]);
    const own: Json = {
      ...claims,
      sub: 'p1',
      sid: 's1',
      client_id: 'c',
      jti: 'j',
      iat: nowSeconds,
      auth_time: nowSeconds,
    };
    const key = { algorithm, keyId: kid, signWith, verifyWith };
    const forge = new TokenForge({ key, claims: own, nowSeconds, trapUrl: 'http://127.0.0.1:9' });
    expect([issuer, audience]).toEqual([own['iss'], own['aud']]);
    expect((await keys.verify(forge.good())).kind).toBe('verified');
    const taken: string[] = [];
    for (const one of negativeTokens(forge))
      if ((await keys.verify(one.token)).kind === 'verified' && !isForTheService(one))
        taken.push(`${one.name} (${one.rule})`);
    expect(taken).toEqual([]);
    // Strange kids and signatures may make it look again; never for each, and nowhere else.
    expect(service.calls).toBeLessThan(10);
  });
});
