import type { JsonWebKey } from 'node:crypto';
import { ConfigurationError } from '../config/load-settings';
import type { KeyRing, PreviousKey, RingKey } from './key-ring';
import type { KeySealer } from './key-sealing';
import { fitTogether, isAsymmetric, thumbprint } from './signing-algorithms';

/** Raised whenever the record changes its shape. */
const formatVersion = 1;

/** The record in the store is none that this release can read. Its text holds nothing of the record. */
export class UnreadableKeyRing extends Error {
  override readonly name = 'UnreadableKeyRing';

  constructor(fault: string) {
    super(`The signing keys in the store cannot be read: ${fault}`);
  }
}

/** The text that the store keeps. With a sealer, all private parts in it are sealed, each with a fresh nonce. */
export function encodeKeyRing(ring: KeyRing, sealer: KeySealer | undefined): string {
  const keep = (key: RingKey | undefined): object | undefined => {
    if (!key) return undefined;
    const { privateJwk, ...open } = key;
    if (!sealer) return { ...open, privateJwk };
    return { ...open, sealedJwk: sealer.seal(JSON.stringify(privateJwk), key.kid) };
  };
  const { current, next, previous } = ring;
  return JSON.stringify({ v: formatVersion, current: keep(current), next: keep(next), previous });
}

/**
 * Reads what `encodeKeyRing` wrote; private parts that are not sealed are read with a sealer too.
 * @throws ConfigurationError when private parts are sealed and KEY_ENCRYPTION_KEY does not open them; UnreadableKeyRing
 */
export function decodeKeyRing(text: string, sealer: KeySealer | undefined): KeyRing {
  const record = fieldsOf(parse(text));
  if (record['v'] !== formatVersion) throw new UnreadableKeyRing('another release has written them');
  const previous = record['previous'];
  if (!Array.isArray(previous)) throw new UnreadableKeyRing('the previous keys are missing');
  const next = record['next'] === undefined ? {} : { next: signer(record['next'], sealer) };
  return {
    current: signer(record['current'], sealer),
    ...next,
    previous: previous.map((key: unknown) => previousKey(fieldsOf(key))),
  };
}

function signer(value: unknown, sealer: KeySealer | undefined): RingKey {
  const fields = fieldsOf(value);
  const key = publicPart(fields);
  const privateJwk = privatePart(fields, key.kid, sealer);
  if (!fitTogether(privateJwk, key.publicJwk)) {
    throw new UnreadableKeyRing('a private key is not that of its kid');
  }
  return { ...key, privateJwk, tokenLifeMs: timeIn(fields, 'tokenLifeMs') };
}

function privatePart(fields: Fields, kid: string, sealer: KeySealer | undefined): JsonWebKey {
  const sealed = fields['sealedJwk'];
  if (typeof sealed !== 'string') return { ...fieldsOf(fields['privateJwk']) };
  if (!sealer) throw wrongKey('is needed: the signing keys in the store are sealed with it');
  const opened = sealer.open(sealed, kid);
  if (opened === undefined) throw wrongKey('does not open the signing keys in the store');
  return { ...fieldsOf(parse(opened)) };
}

function wrongKey(fault: string): ConfigurationError {
  return new ConfigurationError([`KEY_ENCRYPTION_KEY ${fault}`]);
}

function previousKey(fields: Fields): PreviousKey {
  const retiredAtMs = timeIn(fields, 'retiredAtMs');
  return { ...publicPart(fields), retiredAtMs, removeAfterMs: timeIn(fields, 'removeAfterMs') };
}

function publicPart(fields: Fields): Omit<PreviousKey, 'retiredAtMs' | 'removeAfterMs'> {
  const { kid, algorithm } = fields;
  const publicJwk: JsonWebKey = { ...fieldsOf(fields['publicJwk']) };
  if (typeof kid !== 'string' || !isAsymmetric(algorithm)) throw new UnreadableKeyRing('a key has no name');
  if (thumbprint(publicJwk) !== kid) throw new UnreadableKeyRing('a public key is not that of its kid');
  const createdAtMs = timeIn(fields, 'createdAtMs');
  return { kid, algorithm, publicJwk, createdAtMs, activeFromMs: timeIn(fields, 'activeFromMs') };
}

type Fields = Readonly<Record<string, unknown>>;

function timeIn(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UnreadableKeyRing(`a key has no ${name}`);
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new UnreadableKeyRing('a part of them is no object');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableKeyRing('they are no JSON');
  }
}
