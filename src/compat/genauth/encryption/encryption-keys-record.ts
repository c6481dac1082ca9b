import { createECDH, createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeySealer } from '../../../tokens/key-sealing';
import { rsaModulusBits } from './ciphertext-forms';

/** The private keys that passwords are decrypted with. */
export interface PrivateEncryptionKeys {
  /** PKCS #8 in PEM. */
  readonly rsa: string;
  /** 64 hexadecimal digits. */
  readonly sm2: string;
}

/** The public keys as clients ask for them: the part of `GET /api/v3/system` that they encrypt with. */
export interface PublicEncryptionKeys {
  /** `publicKey` is a SubjectPublicKeyInfo in PEM (RFC 7468 section 13). */
  readonly rsa: { readonly publicKey: string };
  /** `publicKey` is an uncompressed point: 130 hexadecimal digits that begin with `04`. */
  readonly sm2: { readonly publicKey: string };
}

export interface EncryptionKeyPairs {
  readonly privateKeys: PrivateEncryptionKeys;
  readonly publicKeys: PublicEncryptionKeys;
  /** What opened the record that they were read from; undefined when it is not sealed. */
  readonly sealer: KeySealer | undefined;
}

/** What was read is no record of ours, or is sealed with another key. Its text holds nothing of the record. */
export class UnreadableEncryptionKeys extends Error {
  override readonly name: string = 'UnreadableEncryptionKeys';
}

/** What was read is sealed, and nothing that is known opens it. Its text begins with the name of the setting. */
export class SealedOtherwise extends UnreadableEncryptionKeys {
  override readonly name = 'SealedOtherwise';
}

/** Raised whenever the record changes its shape. */
const formatVersion = 1;
const sealedName = 'password encryption';
const sm2Digits = 64;
const makeKeyPair = promisify(generateKeyPair);

/** A fresh key of each scheme, made apart from the event loop. */
export async function newPrivateKeys(): Promise<PrivateEncryptionKeys> {
  const { privateKey } = await makeKeyPair('rsa', { modulusLength: rsaModulusBits });
  const sm2 = createECDH('SM2');
  sm2.generateKeys();
  return {
    rsa: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    // Node leaves leading zeros out.
    sm2: sm2.getPrivateKey('hex').padStart(sm2Digits, '0'),
  };
}

/** The text that the store keeps. With a sealer the keys in it are sealed. */
export function encodeEncryptionKeys(keys: PrivateEncryptionKeys, sealer: KeySealer | undefined): string {
  if (!sealer) return JSON.stringify({ v: formatVersion, keys });
  return JSON.stringify({ v: formatVersion, sealed: sealer.seal(JSON.stringify(keys), sealedName) });
}

/**
 * Reads what `encodeEncryptionKeys` wrote, with the first of the sealers that opens it; what is not sealed is read with any.
 * @throws UnreadableEncryptionKeys, as SealedOtherwise where none of the sealers opens it
 */
export function decodeEncryptionKeys(text: string, sealers: readonly KeySealer[]): EncryptionKeyPairs {
  const record = fieldsOf(parse(text));
  if (record['v'] !== formatVersion) throw new UnreadableEncryptionKeys('another release has written them');
  const { keys, sealer } = keysIn(record, sealers);
  const { rsa, sm2 } = fieldsOf(keys);
  if (typeof rsa !== 'string' || typeof sm2 !== 'string')
    throw new UnreadableEncryptionKeys('a key is missing');
  return { privateKeys: { rsa, sm2 }, publicKeys: publicKeysOf(rsa, sm2), sealer };
}

interface OpenedKeys {
  readonly keys: unknown;
  readonly sealer: KeySealer | undefined;
}

function keysIn({ sealed, keys }: Fields, sealers: readonly KeySealer[]): OpenedKeys {
  if (sealed === undefined) return { keys, sealer: undefined };
  if (typeof sealed !== 'string') throw new UnreadableEncryptionKeys('what is sealed is no text');
  for (const sealer of sealers) {
    const opened = sealer.open(sealed, sealedName);
    if (opened !== undefined) return { keys: parse(opened), sealer };
  }
  throw new SealedOtherwise(sealFaults[Math.min(sealers.length, 2)]);
}

/** By the number of sealers that were tried. */
const sealFaults = [
  'KEY_ENCRYPTION_KEY is not set, and the keys for passwords in the store are sealed with it',
  'KEY_ENCRYPTION_KEY does not open the keys for passwords in the store',
  'KEY_ENCRYPTION_KEY does not open the keys for passwords in the store, nor does KEY_ENCRYPTION_KEY_PREVIOUS',
];

/** The public parts follow from the private ones, so nobody can put a public key of his own beside them. */
function publicKeysOf(rsa: string, sm2: string): PublicEncryptionKeys {
  try {
    const rsaPublic = createPublicKey(createPrivateKey(rsa)).export({ type: 'spki', format: 'pem' });
    const point = createECDH('SM2');
    point.setPrivateKey(sm2, 'hex');
    return { rsa: { publicKey: rsaPublic.toString() }, sm2: { publicKey: point.getPublicKey('hex') } };
  } catch {
    throw new UnreadableEncryptionKeys('a key is none');
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new UnreadableEncryptionKeys('a part of them is no object');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableEncryptionKeys('they are no JSON');
  }
}
