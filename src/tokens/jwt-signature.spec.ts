import { createVerify, generateKeyPairSync, sign } from 'node:crypto';
import { firstRing } from './key-ring';
import { fixedLength, signedJwt } from './jwt-signature';
import { type AsymmetricAlgorithm, newKeyPair } from './signing-algorithms';
import { sharedSecret, type SigningKey, signingKey } from './signing-key';

async function keyFor(algorithm: AsymmetricAlgorithm): Promise<SigningKey> {
  const policy = { algorithm, maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 };
  return signingKey(firstRing(await newKeyPair(algorithm), { nowMs: 0, policy }).current);
}

const payload = { sub: 'file:1', name: 'Ángela', iat: 1, exp: 2 };

describe('signedJwt', () => {
  it.each(['ES256', 'ES384', 'RS256', 'PS256'] as const)(
    'signs with %s what the library takes',
    async (alg) => {
      const key = await keyFor(alg);
      const token = signedJwt(key, 'at+jwt', payload);
      expect(key.jwt.verify(token, { algorithms: [alg], clockTimestamp: 1 })).toEqual(payload);
      const library = key.jwt.sign(payload, {
        algorithm: alg,
        header: { alg, typ: 'at+jwt', ...(key.keyId && { kid: key.keyId }) },
      });
      expect(token.slice(0, token.lastIndexOf('.'))).toBe(library.slice(0, library.lastIndexOf('.')));
    },
  );

  it('signs with a shared secret as the library does', () => {
    const key = sharedSecret('a secret of at least thirty-two bytes');
    const library = key.jwt.sign(payload, { algorithm: 'HS256', header: { alg: 'HS256', typ: 'at+jwt' } });
    expect(signedJwt(key, 'at+jwt', payload)).toBe(library);
  });
});

describe('fixedLength', () => {
  it.each([
    ['P-256', 'sha256', 32],
    ['P-384', 'sha384', 48],
  ])(
    'gives what Node verifies as IEEE P1363, for %s and numbers of every length',
    (namedCurve, hash, bytes) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
      for (let each = 0; each < 300; each++) {
        const text = Buffer.from(`text ${each}`);
        const signature = fixedLength(sign(hash, text, privateKey), bytes);
        const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
        expect(createVerify(hash).update(text).verify(key, signature)).toBe(true);
      }
    },
  );

  it('fills short numbers up, and drops the zero of those that begin with a high bit', () => {
    const der = Buffer.concat([
      Buffer.from([0x30, 0x26, 0x02, 0x01, 0x05, 0x02, 0x21, 0x00]),
      Buffer.alloc(32, 0xff),
    ]);
    const fixed = fixedLength(der, 32).toString('hex');
    expect(fixed).toBe(`${'0'.repeat(63)}5${'f'.repeat(64)}`);
  });
});
