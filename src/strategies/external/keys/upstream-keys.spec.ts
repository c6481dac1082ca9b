import { CompactSign, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import {
  audience,
  canary,
  claims,
  encoded,
  issuer,
  jwkOf,
  KeyPairs,
  nowSeconds,
  refusal,
  type TokenParts,
} from '../../../../test/support/keys-bench';

let pairs: KeyPairs;

beforeAll(async () => {
  pairs = await KeyPairs.make();
});

describe('a token of the service', () => {
  it('is verified, and its claims and end are told', async () => {
    const { keys } = await pairs.bench();
    const verification = await keys.verify(
      await pairs.token({ claims: { roles: ['juez'], exp: nowSeconds + 60.9 } }),
    );
    expect(verification).toMatchObject({ kind: 'verified', expiresAtSeconds: nowSeconds + 60 });
    expect(verification).toMatchObject({ claims: { roles: ['juez'], iss: issuer } });
  });

  it('may be for several audiences', async () => {
    const { keys } = await pairs.bench();
    expect((await keys.verify(await pairs.token({ claims: { aud: ['other', audience] } }))).kind).toBe(
      'verified',
    );
  });

  it('may have any issuer and audience where none is set', async () => {
    const { keys } = await pairs.bench({ issuer: undefined, audience: undefined });
    const anybody = await pairs.token({ claims: { iss: 'x', aud: 'y' } });
    expect((await keys.verify(anybody)).kind).toBe('verified');
  });

  it.each(['ES256', 'PS256', 'EdDSA'])('may be signed with %s where that is allowed', async (alg) => {
    const pair = await generateKeyPair(alg);
    const { keys } = await pairs.bench({ algorithms: [alg] }, [await jwkOf(pair, { alg })]);
    expect((await keys.verify(await pairs.token({ pair, header: { alg } }))).kind).toBe('verified');
  });

  it.each<[string, Partial<TokenParts>, string, string]>([
    ['another issuer', { claims: { iss: `${issuer}/` } }, 'invalid', '`iss`'],
    ['no issuer', { claims: { iss: undefined } }, 'invalid', '`iss`'],
    ['another audience', { claims: { aud: ['App', 'other'] } }, 'invalid', '`aud`'],
    ['no audience', { claims: { aud: undefined } }, 'invalid', '`aud`'],
    ['no end', { claims: { exp: undefined } }, 'invalid', '`exp`'],
    ['an end in words', { claims: { exp: '2030' } }, 'invalid', '`exp`'],
    ['an end this very second', { claims: { exp: nowSeconds } }, 'expired', '`exp`'],
    ['an end long ago', { claims: { exp: nowSeconds - 86_400 } }, 'expired', '`exp`'],
    ['a start to come', { claims: { nbf: nowSeconds + 6 } }, 'invalid', '`nbf`'],
    ['no key id', { header: { kid: undefined } }, 'no_key_id', '`kid`'],
    ['an empty key id', { header: { kid: '' } }, 'no_key_id', '`kid`'],
    ['a key id that is a number', { header: { kid: 1 } }, 'no_key_id', '`kid`'],
    ['another algorithm', { header: { alg: 'RS512' } }, 'invalid', 'EXTERNAL_AUTH_JWT_ALGORITHMS'],
  ])('with %s is refused', async (_case, parts, fault, words) => {
    const { keys } = await pairs.bench();
    const signer = parts.header?.alg === 'RS512' ? await generateKeyPair('RS512') : pairs.first;
    expect(await keys.verify(await pairs.token({ pair: signer, ...parts }))).toEqual(refusal(fault, words));
  });

  it('may start a few seconds from now', async () => {
    const { keys } = await pairs.bench();
    expect((await keys.verify(await pairs.token({ claims: { nbf: nowSeconds + 5 } }))).kind).toBe('verified');
  });

  it('with an infinite end is refused', async () => {
    const { keys } = await pairs.bench();
    const payload = Buffer.from(`{"iss":"${issuer}","aud":"${audience}","exp":1e999}`);
    const signed = new CompactSign(payload).setProtectedHeader({ alg: 'RS256', kid: 'one' });
    expect(await keys.verify(await signed.sign(pairs.first.privateKey))).toEqual(refusal('invalid', '`exp`'));
  });

  it('with a critical extension is refused, also one that jose knows', async () => {
    const { keys } = await pairs.bench();
    for (const crit of [{ crit: ['b64'], b64: true }, { crit: ['x'], x: 1 }, { crit: [] }]) {
      const header = encoded({ alg: 'RS256', kid: 'one', ...crit });
      expect(await keys.verify(`${header}.${encoded(claims)}.AAAA`)).toEqual(refusal('invalid', '`crit`'));
    }
  });

  it('that is longer than 16 KiB is refused without any call', async () => {
    const { keys, service } = await pairs.bench();
    const long = await pairs.token({ claims: { filler: 'x'.repeat(16_384) } });
    expect(await keys.verify(long)).toEqual(refusal('invalid', '16 KiB'));
    expect(service.calls).toBe(0);
  });

  it.each([
    ['an opaque text', 'opaque'],
    ['an empty text', ''],
    ['three parts that are no JSON', 'a.b.c'],
    ['a header that is a list', `${Buffer.from('[]').toString('base64url')}.e30.AAAA`],
    ['a header without alg', `${encoded({ kid: 'one' })}.${encoded(claims)}.AAAA`],
    ['alg none', `${encoded({ alg: 'none', kid: 'one' })}.${encoded(claims)}.`],
    ['alg NONE', `${encoded({ alg: 'NONE', kid: 'one' })}.${encoded(claims)}.AAAA`],
    ['five parts', `${encoded({ alg: 'RS256', kid: 'one' })}.a.b.c.d`],
  ])('cannot be verified if it is %s', async (_case, text) => {
    const { keys, service } = await pairs.bench();
    expect((await keys.verify(text)).kind).toBe('unverifiable');
    expect(service.calls).toBe(0);
  });
});

describe('a forged token', () => {
  it('is refused when its signature is by another key, expired or not', async () => {
    const { keys } = await pairs.bench();
    for (const exp of [claims.exp, nowSeconds - 1]) {
      const forged = await pairs.token({ pair: pairs.second, claims: { exp } });
      expect(await keys.verify(forged)).toEqual(refusal('invalid', 'signature'));
    }
  });

  it('is refused when its claims were changed', async () => {
    const { keys } = await pairs.bench();
    const [header, , signature] = (await pairs.token()).split('.');
    const forged = `${header}.${encoded({ ...claims, sub: 'admin' })}.${signature}`;
    expect(await keys.verify(forged)).toEqual(refusal('invalid', 'signature'));
  });

  it('is refused when it names another published key', async () => {
    const published = [await jwkOf(pairs.first), await jwkOf(pairs.second, { kid: 'two' })];
    const { keys } = await pairs.bench({}, published);
    const swapped = await pairs.token({ pair: pairs.first, header: { kid: 'two' } });
    expect(await keys.verify(swapped)).toEqual(refusal('invalid', 'signature'));
  });

  it('cannot bring its own key or its address', async () => {
    const { keys, service } = await pairs.bench();
    const header = { jwk: await jwkOf(pairs.second), jku: 'https://evil.example/keys' };
    expect((await keys.verify(await pairs.token({ pair: pairs.second, header }))).kind).toBe('refused');
    expect(service.calls).toBe(1);
  });

  it('cannot be an HMAC by the public key', async () => {
    const { keys } = await pairs.bench({ algorithms: ['RS256', 'HS256'] });
    const secrets = [await exportSPKI(pairs.first.publicKey), JSON.stringify(await jwkOf(pairs.first))];
    for (const secret of secrets) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .sign(Buffer.from(secret));
      expect((await keys.verify(forged)).kind).toBe('unverifiable');
    }
  });

  it('cannot use a key against its own alg', async () => {
    const { keys } = await pairs.bench({ algorithms: ['RS256', 'PS256'] });
    const pair = await generateKeyPair('PS256', { extractable: true });
    const other = await pairs.token({ pair, header: { alg: 'PS256' } });
    expect(await keys.verify(other)).toEqual(refusal('invalid', '`alg`'));
  });
});

describe('the texts of a verification', () => {
  it('hold no part of the token', async () => {
    const { keys } = await pairs.bench();
    const header = { kid: `${canary}-kid` };
    const tokens = await Promise.all([
      pairs.token({ header }),
      pairs.token({ claims: { iss: canary } }),
      pairs.token({ claims: { exp: 1 } }),
      pairs.token({ pair: pairs.second }),
    ]);
    for (const each of tokens) {
      const { kind, ...rest } = await keys.verify(each);
      expect(kind).toBe('refused');
      expect(JSON.stringify(rest)).not.toContain(canary);
    }
  });
});
