import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningAlgorithm } from '../config/check-keys';

export type AsymmetricAlgorithm = Exclude<SigningAlgorithm, 'HS256'>;

/** A key pair with its name. */
export interface KeyPair {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  readonly algorithm: AsymmetricAlgorithm;
  readonly publicJwk: JsonWebKey;
  readonly privateJwk: JsonWebKey;
}

const generate = promisify(generateKeyPair);
const rsaBits = 2048;
const newPrivateKey: Readonly<Record<AsymmetricAlgorithm, () => Promise<KeyObject>>> = {
  ES256: () => ellipticCurve('P-256'),
  ES384: () => ellipticCurve('P-384'),
  RS256: rsa,
  RS512: rsa,
  PS256: rsa,
};

/** Whether this is the name of an algorithm whose keys can be published. */
export function isAsymmetric(name: unknown): name is AsymmetricAlgorithm {
  return typeof name === 'string' && Object.hasOwn(newPrivateKey, name);
}

/** Makes a key; RSA takes some tenths of a second, outside the event loop. */
export async function newKeyPair(algorithm: AsymmetricAlgorithm): Promise<KeyPair> {
  return keyPairOf(await newPrivateKey[algorithm](), algorithm);
}

/** A private key with its public half and its name. */
export function keyPairOf(privateKey: KeyObject, algorithm: AsymmetricAlgorithm): KeyPair {
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const privateJwk = privateKey.export({ format: 'jwk' });
  return { kid: thumbprint(publicJwk), algorithm, publicJwk, privateJwk };
}

/** Whether the two are halves of one key: what the one signs, the other verifies. */
export function fitTogether(privateJwk: JsonWebKey, publicJwk: JsonWebKey): boolean {
  const sample = Buffer.from('sample');
  try {
    const signature = sign('sha256', sample, createPrivateKey({ key: privateJwk, format: 'jwk' }));
    return verify('sha256', sample, createPublicKey({ key: publicJwk, format: 'jwk' }), signature);
  } catch {
    // The cause may quote the key, so it is left out on purpose.
    return false;
  }
}

/** RFC 7638 section 3.2: the required members in lexicographic order; those of another kind of key are left out as undefined. */
export function thumbprint({ crv, e, kty, n, x, y }: JsonWebKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url');
}

async function ellipticCurve(namedCurve: string): Promise<KeyObject> {
  return (await generate('ec', { namedCurve })).privateKey;
}

async function rsa(): Promise<KeyObject> {
  return (await generate('rsa', { modulusLength: rsaBits })).privateKey;
}
