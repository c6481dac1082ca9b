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

/** A ring as it was read. */
export interface DecodedRing {
  readonly ring: KeyRing;
  /** What opened its private parts; undefined when they are not sealed. */
  readonly sealer: KeySealer | undefined;
}

/**
 * Reads what `encodeKeyRing` wrote, with the first of the sealers that opens it; what is not sealed is read with any.
 * @throws ConfigurationError when private parts are sealed and none of the sealers opens them; UnreadableKeyRing
 */
export function decodeKeyRing(text: string, sealers: readonly KeySealer[]): DecodedRing {
  const record = fieldsOf(parse(text));
  if (record['v'] !== formatVersion) throw new UnreadableKeyRing('another release has written them');
  const sealer = sealerOf(fieldsOf(record['current']), sealers);
  return { ring: ringIn(record, sealer), sealer };
}

function ringIn(record: Fields, sealer: KeySealer | undefined): KeyRing {
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

/** All private parts of a record are sealed with the same key, so the current one tells. */
function sealerOf({ sealedJwk, kid }: Fields, sealers: readonly KeySealer[]): KeySealer | undefined {
  if (typeof sealedJwk !== 'string') return undefined;
  if (sealers.length === 0) throw wrongKey('is needed: the signing keys in the store are sealed with it');
  const sealer = sealers.find((one) => one.open(sealedJwk, String(kid)) !== undefined);
  if (sealer) return sealer;
  const others = sealers.length > 1 ? ', nor does KEY_ENCRYPTION_KEY_PREVIOUS' : '';
  throw wrongKey(`does not open the signing keys in the store${others}`);
}

function privatePart(fields: Fields, kid: string, sealer: KeySealer | undefined): JsonWebKey {
  const sealed = fields['sealedJwk'];
  if (typeof sealed !== 'string') return { ...fieldsOf(fields['privateJwk']) };
  const opened = sealer?.open(sealed, kid);
  if (opened === undefined) throw new UnreadableKeyRing('a private key is sealed otherwise than the others');
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
