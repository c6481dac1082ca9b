import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import type { SigningAlgorithm } from '../config/check-keys';
import type { PreviousKey, RingKey } from './key-ring';

/** A key that verifies access tokens. Always KeyObjects: a PEM text would be parsed again at every signature. */
export interface VerifyingKey {
  readonly algorithm: SigningAlgorithm;
  /** RFC 7638 thumbprint of the public key; absent for a shared secret, whose hash is nobody's business. */
  readonly keyId: string | undefined;
  readonly verifyWith: KeyObject;
  /** Verifies with this key, and signs where there is a private part. A service takes no KeyObject for a single call. */
  readonly jwt: JwtService;
  /** What the JWK Set says of it (RFC 7517 section 4); absent for a shared secret. */
  readonly publicJwk: JsonWebKey | undefined;
}

/** The key that signs access tokens. */
export interface SigningKey extends VerifyingKey {
  readonly signWith: KeyObject;
}

/** The shared key of HS256. */
export function sharedSecret(secret: string): SigningKey {
  const key = createSecretKey(secret, 'utf8');
  const jwt = new JwtService({ secret: key });
  return { algorithm: 'HS256', keyId: undefined, signWith: key, verifyWith: key, jwt, publicJwk: undefined };
}

/** A key of the ring, to verify with. */
export function verifyingKey({ kid, algorithm, publicJwk }: RingKey | PreviousKey): VerifyingKey {
  const verifyWith = createPublicKey({ key: publicJwk, format: 'jwk' });
  return {
    algorithm,
    keyId: kid,
    verifyWith,
    jwt: new JwtService({ publicKey: verifyWith }),
    publicJwk: { ...publicJwk, kid, alg: algorithm, use: 'sig' },
  };
}

/** A key of the ring, to sign with. */
export function signingKey(key: RingKey): SigningKey {
  const verifying = verifyingKey(key);
  const signWith = createPrivateKey({ key: key.privateJwk, format: 'jwk' });
  const jwt = new JwtService({ privateKey: signWith, publicKey: verifying.verifyWith });
  return { ...verifying, signWith, jwt };
}
