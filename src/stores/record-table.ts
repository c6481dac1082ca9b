import type { Clock } from '../common/clock';
import type { LmdbFile, Table } from './lmdb-file';
import {
  decodeLedger,
  decodeRecord,
  diskBytes,
  type DiskRecord,
  encodeExpiryKey,
  encodeLedger,
  encodeRecord,
  headOf,
  type Ledger,
  recordKeyOf,
} from './record-codec';
import { encodePlace } from './limits';
import { type KeyBatch, StoreUnavailable } from './store';

const ledgerKey = Buffer.from('ledger');
const nothing = Buffer.alloc(1);
/** Expired records that a creation removes when it finds the store full. */
const makeRoomRecords = 500;

interface Place {
  readonly key: Buffer;
  /** The record that is there, live or expired. */
  readonly before: Buffer | undefined;
}

/**
 * The records, their index by expiry, and the ledger, always changed together. All verbs but `find` and `keysUnder` must run inside
 * `LmdbFile.transact`; writes that belong together have nothing between them that
 * may throw, since a throw would leave the first of them.
 */
export class RecordTable {
  private readonly records: Table;
  /** Keys only: `[expiresAtMs, key]`, the first to expire first. */
  private readonly byExpiry: Table;
  private readonly ledger: Table;

  constructor(
    file: LmdbFile,
    private readonly clock: Clock,
    private readonly maxBytes: number,
  ) {
    this.records = file.table('records');
    this.byExpiry = file.table('expiry');
    this.ledger = file.table('ledger');
  }

  /** The record, unless it is absent or has expired. */
  find(key: string): DiskRecord | undefined {
    // Its bytes are those of the next read soon; nothing of them is kept.
    const bytes = this.records.getBinaryFast(Buffer.from(key));
    if (!bytes) return undefined;
    const record = decodeRecord(bytes);
    return this.clock.nowMs() < record.expiresAtMs ? record : undefined;
  }

  /** See `Store.scan`; here `after` is a key. It looks at `limit` records, expired ones included. */
  keysUnder(prefix: string, after: string | undefined, limit: number): KeyBatch {
    const start = after === undefined ? Buffer.from(prefix) : Buffer.concat([Buffer.from(after), nothing]);
    const range = { start, limit, ...(prefix !== '' && { end: endOf(prefix) }) };
    const nowMs = this.clock.nowMs();
    const keys: string[] = [];
    let last: string | undefined;
    let looks = 0;
    for (const { key, value } of this.records.getRange(range)) {
      last = key.toString();
      looks++;
      if (nowMs < headOf(value).expiresAtMs) keys.push(last);
    }
    return last === undefined || looks < limit ? { keys } : { keys, next: encodePlace(last) };
  }

  create(key: string, value: string, expiresAtMs: number): boolean {
    if (this.find(key)) return false;
    this.makeRoom();
    const name = Buffer.from(key);
    this.keep({ key: name, before: this.records.get(name) }, value, expiresAtMs);
    return true;
  }

  /** A full store still replaces: those who are logged in must be able to go on. */
  replace(key: string, version: number, value: string, expiresAtMs: number): boolean {
    const name = Buffer.from(key);
    const before = this.records.get(name);
    const head = before && headOf(before);
    if (head?.version !== version || head.expiresAtMs <= this.clock.nowMs()) return false;
    this.keep({ key: name, before }, value, expiresAtMs);
    return true;
  }

  delete(key: string): boolean {
    const wasLive = this.find(key) !== undefined;
    const freedBytes = this.remove(Buffer.from(key));
    if (freedBytes > 0) this.bookFreed(freedBytes);
    return wasLive;
  }

  /** Removes at most `maxRecords` expired records, the longest expired first. Gives how many it found. */
  removeExpired(maxRecords: number): number {
    // The end is exclusive: the first possible key of the millisecond after now.
    const end = encodeExpiryKey(this.clock.nowMs() + 1, Buffer.alloc(0));
    const expired = Array.from(this.byExpiry.getRange({ end, limit: maxRecords }), (entry) => entry.key);
    let freedBytes = 0;
    for (const expiryKey of expired) {
      freedBytes += this.remove(recordKeyOf(expiryKey));
      // Gone with its record already, unless a line ever had none. It must go all the same, or sweeps would not get on.
      this.byExpiry.removeSync(expiryKey);
    }
    if (expired.length > 0) this.bookFreed(freedBytes);
    return expired.length;
  }

  private makeRoom(): void {
    if (this.readLedger().usedBytes < this.maxBytes) return;
    this.removeExpired(makeRoomRecords);
    if (this.readLedger().usedBytes < this.maxBytes) return;
    throw new StoreUnavailable(`full: the records take more than ${this.maxBytes} bytes`);
  }

  /** Writes the record under a new version in place of what is there, live or expired. */
  private keep({ key, before }: Place, value: string, expiresAtMs: number): void {
    const { lastVersion, usedBytes } = this.readLedger();
    const version = lastVersion + 1;
    const record = encodeRecord({ version, expiresAtMs, value });
    const freedBytes = before ? diskBytes(key, before) : 0;
    if (before) this.byExpiry.removeSync(encodeExpiryKey(headOf(before).expiresAtMs, key));
    this.records.putSync(key, record);
    this.byExpiry.putSync(encodeExpiryKey(expiresAtMs, key), nothing);
    const next = { lastVersion: version, usedBytes: usedBytes + diskBytes(key, record) - freedBytes };
    this.ledger.putSync(ledgerKey, encodeLedger(next));
  }

  /** Removes the record and its line in the index. Gives the bytes that this frees. */
  private remove(key: Buffer): number {
    const record = this.records.get(key);
    if (!record) return 0;
    this.byExpiry.removeSync(encodeExpiryKey(headOf(record).expiresAtMs, key));
    this.records.removeSync(key);
    return diskBytes(key, record);
  }

  private bookFreed(bytes: number): void {
    const { lastVersion, usedBytes } = this.readLedger();
    this.ledger.putSync(ledgerKey, encodeLedger({ lastVersion, usedBytes: usedBytes - bytes }));
  }

  private readLedger(): Ledger {
    return decodeLedger(this.ledger.get(ledgerKey));
  }
}

/** The first bytes behind all keys with this prefix. No byte of UTF-8 is 0xFF, so adding one to the last never overflows. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}
