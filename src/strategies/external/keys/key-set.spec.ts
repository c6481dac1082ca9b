import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { answer, canary, failureOf, jwkOf, KeyPairs, refusal } from '../../../../test/support/keys-bench';
import type { UpstreamAnswer } from '../upstream/upstream-call';

function x25519(): object {
  return generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
}

let pairs: KeyPairs;

beforeAll(async () => {
  pairs = await KeyPairs.make();
});

describe('a set of keys', () => {
  it.each<[string, UpstreamAnswer, string]>([
    ['404', answer(404, {}), 'status 404'],
    ['500', answer(500, {}), 'status 500'],
    ['a redirect', answer(302, {}), 'status 302'],
    ['more than 64 KiB', { status: 200, setCookies: [] }, '64 KiB'],
    ['no JSON', { status: 200, setCookies: [], body: Buffer.from(`<${canary}>`) }, 'no JSON object'],
    ['a list', answer(200, [canary]), 'no JSON object'],
    ['keys that are no list', answer(200, { keys: { a: canary } }), 'no JSON object'],
    ['no keys', answer(200, { keys: [] }), 'no public key'],
    ['101 keys', answer(200, { keys: Array.from({ length: 101 }, () => ({})) }), 'more than 100'],
    ['a shared key', answer(200, { keys: [{ kid: 'one', kty: 'oct', k: canary }] }), 'no public key'],
    ['a private key', answer(200, { keys: [{ kid: 'one', kty: 'RSA', d: canary }] }), 'no public key'],
    ['for encryption', answer(200, { keys: [{ kid: 'one', kty: 'RSA', use: 'enc' }] }), 'no public key'],
    ['without key ids', answer(200, { keys: [{ kty: 'RSA', n: canary, e: 'AQAB' }] }), 'no public key'],
    [
      'RSA without a modulus',
      answer(200, { keys: [{ kid: 'one', kty: 'RSA', e: 'AQAB' }] }),
      'no public key',
    ],
    [
      'a point that is on no curve',
      answer(200, { keys: [{ kid: 'one', kty: 'EC', crv: 'P-256', x: canary, y: canary }] }),
      'no public key for signatures that has a `kid` and can be used',
    ],
    [
      'for key agreement only',
      answer(200, { keys: [{ kid: 'one', ...x25519() }] }),
      'no public key for signatures that has a `kid` and can be used',
    ],
    ['only junk', answer(200, { keys: [null, 1, canary, {}, { kty: 'RSA' }] }), 'no public key'],
  ])('that is %s is a failure that names the setting', async (_case, reply, words) => {
    const { keys, service } = await pairs.bench();
    service.reply = () => Promise.resolve(reply);
    const failure = await failureOf(keys.verify(await pairs.token()));
    expect(failure.message).toContain(words);
    expect(failure.message).toContain('EXTERNAL_AUTH_JWKS_PATH');
    expect(failure.message).not.toContain(canary);
    expect(failure.setting).toBe('EXTERNAL_AUTH_JWKS_PATH');
  });

  it('that is junk does not replace known keys', async () => {
    const { keys, service, clock } = await pairs.bench();
    await keys.verify(await pairs.token());
    service.keys = [];
    clock.advance(600_000);
    expect((await keys.verify(await pairs.token())).kind).toBe('verified');
  });

  it('may hold keys that are no use', async () => {
    const good = await jwkOf(pairs.first);
    const { keys } = await pairs.bench({}, [
      null,
      { kid: 'one', kty: 'RSA', alg: 'RS256', n: '!', e: 'AQAB' },
      { kid: 'one', kty: 'XYZ' },
      { kid: 'one', kty: 'EC', crv: 'P-999', x: 1 },
      { kid: 5, kty: 'RSA' },
      good,
      { ...good, kid: 'two', n: undefined },
    ]);
    expect((await keys.verify(await pairs.token())).kind).toBe('verified');
    const broken = await pairs.token({ header: { kid: 'two' } });
    expect(await keys.verify(broken)).toEqual(refusal('invalid', '`kid`'));
  });

  it('may hold two keys of the same id', async () => {
    const { keys } = await pairs.bench({}, [await jwkOf(pairs.second), await jwkOf(pairs.first)]);
    for (const pair of [pairs.first, pairs.second])
      expect((await keys.verify(await pairs.token({ pair }))).kind).toBe('verified');
    expect(await keys.verify(await pairs.token({ claims: { exp: 1 } }))).toEqual(refusal('expired', '`exp`'));
    const forged = await pairs.token({ pair: await generateKeyPair('RS256') });
    expect(await keys.verify(forged)).toEqual(refusal('invalid', 'signature'));
  });

  it.each<[string, JWK]>([
    ['for encryption', { use: 'enc' }],
    ['not for verification', { key_ops: ['encrypt'] }],
    ['for another algorithm', { alg: 'RS512' }],
  ])('has its keys %s left alone', async (_case, more) => {
    const other = await jwkOf(pairs.second, { kid: 'two' });
    const { keys } = await pairs.bench({}, [await jwkOf(pairs.first, more), other]);
    expect(await keys.verify(await pairs.token())).toEqual(refusal('invalid', '`kid`'));
  });

  it('never makes a shared or a private key count', async () => {
    const pair = await generateKeyPair('RS256', { extractable: true });
    const privateJwk = { ...(await exportJWK(pair.privateKey)), kid: 'private' };
    const shared = { kty: 'oct', kid: 'shared', k: Buffer.alloc(32, 1).toString('base64url') };
    const { keys } = await pairs.bench({}, [privateJwk, shared, await jwkOf(pairs.first)]);
    expect((await keys.verify(await pairs.token({ pair, header: { kid: 'private' } }))).kind).toBe('refused');
    expect((await keys.verify(await pairs.token({ header: { kid: 'shared' } }))).kind).toBe('refused');
  });

  it('with an RSA key below 2048 bits does not let it count', async () => {
    // jose makes no such key itself, so only the modulus of the published one is cut.
    const { n = '', ...rest } = await jwkOf(pairs.first);
    const short = { ...rest, n: n.slice(0, 171) };
    const { keys, service, clock } = await pairs.bench({}, [
      short,
      await jwkOf(pairs.second, { kid: 'two' }),
    ]);
    expect(await keys.verify(await pairs.token())).toEqual(refusal('invalid', '`kid`'));
    service.keys = [short];
    clock.advance(600_000 + 3_600_000);
    expect((await failureOf(keys.verify(await pairs.token()))).message).toContain(
      'a key shorter than 2048 bits',
    );
  });
});
