import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { join } from 'node:path';
import { readOrCreatePrivateFile } from '../common/private-file';
import type { Settings } from '../config/settings';

export type SigningAlgorithm = 'ES256' | 'HS256';

/** The key that signs access tokens. Always KeyObjects: a PEM text would be parsed again at every signature. */
export abstract class SigningKey {
  abstract readonly algorithm: SigningAlgorithm;
  /** RFC 7638 thumbprint of the public key; absent for a shared secret, whose hash is nobody's business. */
  abstract readonly keyId: string | undefined;
  abstract readonly signWith: KeyObject;
  abstract readonly verifyWith: KeyObject;
  /** What the JWK Set says of it; absent for a shared secret. */
  abstract readonly publicJwk: JsonWebKey | undefined;
}

type KeySettings = Pick<Settings, 'JWT_ALGORITHM' | 'JWT_SECRET' | 'DATA_DIR'>;

/** Takes JWT_SECRET for HS256, else the ES256 key in DATA_DIR, which is made at the first start. */
export function loadSigningKey(settings: KeySettings): SigningKey {
  const algorithm = settings.JWT_ALGORITHM ?? (settings.JWT_SECRET === undefined ? 'ES256' : 'HS256');
  if (algorithm === 'HS256') return sharedSecret(settings.JWT_SECRET);
  return ellipticCurveKey(join(settings.DATA_DIR, 'signing-key.pem'));
}

function sharedSecret(secret: string | undefined): SigningKey {
  if (secret === undefined) throw new Error('JWT_SECRET is needed by HS256');
  const key = createSecretKey(secret, 'utf8');
  return { algorithm: 'HS256', keyId: undefined, signWith: key, verifyWith: key, publicJwk: undefined };
}

function ellipticCurveKey(path: string): SigningKey {
  const signWith = parsePrivateKey(path, readOrCreatePrivateFile(path, newPrivateKeyPem));
  const verifyWith = createPublicKey(signWith);
  const jwk = verifyWith.export({ format: 'jwk' });
  const keyId = thumbprint(jwk);
  return {
    algorithm: 'ES256',
    keyId,
    signWith,
    verifyWith,
    publicJwk: { ...jwk, kid: keyId, alg: 'ES256', use: 'sig' },
  };
}

function newPrivateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function parsePrivateKey(path: string, pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The cause may quote the file, so it is left out on purpose.
  }
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new Error(`${path} holds no P-256 private key in PEM form (DATA_DIR)`);
}

/** RFC 7638 section 3.2: the required members of an EC key, in lexicographic order. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
