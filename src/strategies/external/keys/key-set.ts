import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, type JWK, type LocalJWKSet } from 'jose';
import { isJsonObject } from '../../../common/json-pointer';
import { parseJson } from '../answer-json';
import { isSuccess, type UpstreamAnswer, UpstreamFailure } from '../upstream/upstream-call';

const setting = 'EXTERNAL_AUTH_JWKS_PATH';
const mostKeys = 100;

/** RFC 7518 sections 3.3 and 3.5. */
const leastRsaBits = 2048;

/** The keys that the service published at one moment. jose imports each at its first use and keeps it so. */
export class KeySet {
  /** Gives the key that a header names; jose holds it against the key's own `alg`, `use` and `key_ops`. */
  readonly resolve: LocalJWKSet;
  private readonly keyIds: ReadonlySet<unknown>;

  private constructor(keys: readonly JWK[]) {
    this.keyIds = new Set(keys.map(({ kid }) => kid));
    this.resolve = createLocalJWKSet({ keys: [...keys] });
  }

  /**
   * Reads a JWK Set (RFC 7517 section 5). A key that is malformed or for something else does not spoil the others.
   * @throws UpstreamFailure when there is no key in it that could verify a signature
   */
  static of(answer: UpstreamAnswer): KeySet {
    const offered = publishedKeys(answer).filter(isVerificationKey);
    const faults = offered.map(faultOf);
    const keys = offered.filter((_key, index) => faults[index] === undefined);
    if (keys.length === 0) throw failure(wordsFor(faults));
    return new KeySet(keys);
  }

  has(keyId: string): boolean {
    return this.keyIds.has(keyId);
  }
}

function publishedKeys({ status, body }: UpstreamAnswer): readonly unknown[] {
  if (!isSuccess(status)) throw failure(`it answered with status ${status}`);
  if (!body) throw failure('its answer is longer than 64 KiB');
  const document = parseJson(body);
  const keys: unknown = isJsonObject(document) ? document.keys : undefined;
  if (!Array.isArray(keys)) throw failure('its answer is no JSON object with a list of `keys`');
  if (keys.length > mostKeys) throw failure(`it holds more than ${mostKeys} keys`);
  return keys;
}

/** A shared key in a public document is no secret, and a private one has stopped to be one: nobody may sign in by them. */
function isVerificationKey(key: unknown): key is JWK {
  if (!isJsonObject(key) || typeof key.kid !== 'string') return false;
  const isPublic = typeof key.kty === 'string' && key.kty !== 'oct' && !('d' in key) && !('k' in key);
  return isPublic && (key.use === undefined || key.use === 'sig');
}

type KeyFault = 'short' | 'unusable';

/** Read once here, because a set that can verify nothing is an outage of the service and no fault of any token. */
function faultOf(key: JWK): KeyFault | undefined {
  const imported = importedKey(key);
  if (imported === undefined) return 'unusable';
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = imported;
  if (type === 'rsa') return (details?.modulusLength ?? 0) < leastRsaBits ? 'short' : undefined;
  return type === 'ec' || type === 'ed25519' ? undefined : 'unusable';
}

function importedKey(key: JWK): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...key } satisfies JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function wordsFor(faults: readonly (KeyFault | undefined)[]): string {
  if (faults.includes('short'))
    return `it holds a key shorter than ${leastRsaBits} bits and no other for signatures`;
  const words = 'it holds no public key for signatures that has a `kid`';
  return faults.length === 0 ? words : `${words} and can be used`;
}

function failure(fault: string): UpstreamFailure {
  return new UpstreamFailure(`the service’s keys (${setting}) cannot be read: ${fault}`, { setting });
}
