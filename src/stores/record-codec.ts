import type { StoredRecord } from './store';

/** What stands before the value. */
export interface RecordHead {
  readonly version: number;
  readonly expiresAtMs: number;
  /** Where its line in the expiry index stands, never later than it expires: there a sweep looks at it again. */
  readonly lineAtMs: number;
}

/** A record as it lies on disk. */
export interface DiskRecord extends StoredRecord, RecordHead {}

/** What the file knows of itself: the last version that was given out, and how many bytes its records take. */
export interface Ledger {
  readonly lastVersion: number;
  readonly usedBytes: number;
}

const numberBytes = 8;
const headBytes = 2 * numberBytes;
const longHeadBytes = 3 * numberBytes;

/** What a record costs besides its texts: its head, its line in the expiry index, and the nodes of both trees. */
const overheadBytes = 64;

/**
 * Version and expiry as big-endian doubles, then the value in UTF-8. Where the line stands elsewhere than at the expiry its place follows
 * that, and the version is written below zero to say so.
 */
export function encodeRecord({ version, expiresAtMs, lineAtMs, value }: DiskRecord): Buffer {
  const isLong = lineAtMs !== expiresAtMs;
  const valueAt = isLong ? longHeadBytes : headBytes;
  const bytes = Buffer.allocUnsafe(valueAt + Buffer.byteLength(value));
  bytes.writeDoubleBE(isLong ? -version : version, 0);
  bytes.writeDoubleBE(expiresAtMs, numberBytes);
  if (isLong) bytes.writeDoubleBE(lineAtMs, headBytes);
  bytes.write(value, valueAt);
  return bytes;
}

export function decodeRecord(bytes: Buffer): DiskRecord {
  const { version, expiresAtMs, lineAtMs } = headOf(bytes);
  const valueAt = lineAtMs === expiresAtMs ? headBytes : longHeadBytes;
  // The length is said because lmdb lends a longer buffer.
  return { version, expiresAtMs, lineAtMs, value: bytes.toString('utf8', valueAt, bytes.length) };
}

/** The same without the value, which takes longest. */
export function headOf(bytes: Buffer): RecordHead {
  const version = bytes.readDoubleBE(0);
  const expiresAtMs = bytes.readDoubleBE(numberBytes);
  if (version > 0) return { version, expiresAtMs, lineAtMs: expiresAtMs };
  return { version: -version, expiresAtMs, lineAtMs: bytes.readDoubleBE(headBytes) };
}

/** About the room that a record takes on disk. */
export function diskBytes(key: Buffer, record: Buffer): number {
  return 2 * key.length + record.length + overheadBytes;
}

/** A key of the expiry index. Doubles from 0 up sort as their big-endian bytes do, so the first to expire come first. */
export function encodeExpiryKey(expiresAtMs: number, key: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(numberBytes + key.length);
  bytes.writeDoubleBE(expiresAtMs, 0);
  key.copy(bytes, numberBytes);
  return bytes;
}

/** The place of a line and its record's key, of a key of the expiry index. */
export function decodeExpiryKey(bytes: Buffer): { readonly lineAtMs: number; readonly key: Buffer } {
  return { lineAtMs: bytes.readDoubleBE(0), key: Buffer.from(bytes.subarray(numberBytes)) };
}

export function encodeLedger({ lastVersion, usedBytes }: Ledger): Buffer {
  const bytes = Buffer.allocUnsafe(2 * numberBytes);
  bytes.writeDoubleBE(lastVersion, 0);
  bytes.writeDoubleBE(usedBytes, numberBytes);
  return bytes;
}

export function decodeLedger(bytes: Buffer | undefined): Ledger {
  if (!bytes) return { lastVersion: 0, usedBytes: 0 };
  return { lastVersion: bytes.readDoubleBE(0), usedBytes: bytes.readDoubleBE(numberBytes) };
}
