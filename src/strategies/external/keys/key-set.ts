import { createLocalJWKSet, type JWK, type LocalJWKSet } from 'jose';
import { isJsonObject } from '../../../common/json-pointer';
import { parseJson } from '../answer-json';
import { isSuccess, type UpstreamAnswer, UpstreamFailure } from '../upstream/upstream-call';

const setting = 'EXTERNAL_AUTH_JWKS_PATH';
const mostKeys = 100;

/** The keys that the service published at one moment. Each is imported at its first use and kept so. */
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
    const keys = publishedKeys(answer).filter(isVerificationKey);
    if (keys.length === 0) throw failure('it holds no public key for signatures that has a `kid`');
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

function failure(fault: string): UpstreamFailure {
  return new UpstreamFailure(`the service’s keys (${setting}) cannot be read: ${fault}`, { setting });
}
