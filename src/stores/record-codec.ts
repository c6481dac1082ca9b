import type { StoredRecord } from './store';

/** A record as it lies on disk. */
export interface DiskRecord extends StoredRecord {
  readonly expiresAtMs: number;
}

/** What the file knows of itself: the last version that was given out, and how many bytes its records take. */
export interface Ledger {
  readonly lastVersion: number;
  readonly usedBytes: number;
}

const numberBytes = 8;
const headBytes = 2 * numberBytes;

/** What a record costs besides its texts: its head, its line in the expiry index, and the nodes of both trees. */
const overheadBytes = 64;

/** Version and expiry as big-endian doubles, then the value in UTF-8. */
export function encodeRecord({ version, expiresAtMs, value }: DiskRecord): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + Buffer.byteLength(value));
  bytes.writeDoubleBE(version, 0);
  bytes.writeDoubleBE(expiresAtMs, numberBytes);
  bytes.write(value, headBytes);
  return bytes;
}

export function decodeRecord(bytes: Buffer): DiskRecord {
  return {
    version: bytes.readDoubleBE(0),
    expiresAtMs: bytes.readDoubleBE(numberBytes),
    // The length is said because lmdb lends a longer buffer.
    value: bytes.toString('utf8', headBytes, bytes.length),
  };
}

/** The same without the value, which takes longest. */
export function headOf(bytes: Buffer): Omit<DiskRecord, 'value'> {
  return { version: bytes.readDoubleBE(0), expiresAtMs: bytes.readDoubleBE(numberBytes) };
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

/** The record's key within a key of the expiry index. */
export function recordKeyOf(expiryKey: Uint8Array): Buffer {
  return Buffer.from(expiryKey.subarray(numberBytes));
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
