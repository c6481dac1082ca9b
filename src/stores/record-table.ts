import type { Clock } from '../common/clock';
import type { LmdbFile, Table } from './lmdb-file';
import {
  decodeExpiryKey,
  decodeLedger,
  decodeRecord,
  diskBytes,
  type DiskRecord,
  encodeExpiryKey,
  encodeLedger,
  encodeRecord,
  headOf,
  type Ledger,
} from './record-codec';
import { encodePlace } from './limits';
import { type KeyBatch, StoreUnavailable } from './store';

const ledgerKey = Buffer.from('ledger');
const nothing = Buffer.alloc(1);
/** Records that a creation looks at when it finds the store full. */
const makeRoomRecords = 500;

/** What a part of a sweep came to. */
export interface SweptBatch {
  readonly looks: number;
  readonly removed: number;
}

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
  /**
   * Keys only: `[lineAtMs, key]`, one for each record. A record that is led on keeps its line, since each change of the index costs pages
   * of its own; the sweep that meets the line moves it.
   */
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

  /** Looks at the records whose lines are due, `maxLooks` at most, the longest due first, and removes those that have expired. */
  removeExpired(maxLooks: number): SweptBatch {
    // The end is exclusive: the first possible key of the millisecond after now.
    const end = encodeExpiryKey(this.clock.nowMs() + 1, Buffer.alloc(0));
    const due = Array.from(this.byExpiry.getRange({ end, limit: maxLooks }), (entry) => entry.key);
    const swept = due.map((line) => this.sweepAt(line));
    if (due.length > 0) this.bookFreed(swept.reduce((sum, { freedBytes }) => sum + freedBytes, 0));
    return { looks: due.length, removed: swept.filter(({ isRemoved }) => isRemoved).length };
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
    const oldLineAtMs = before && headOf(before).lineAtMs;
    const lineAtMs = this.lineFor(expiresAtMs, oldLineAtMs);
    const record = encodeRecord({ version, expiresAtMs, lineAtMs, value });
    const freedBytes = before ? diskBytes(key, before) : 0;
    this.records.putSync(key, record);
    if (lineAtMs !== oldLineAtMs) this.moveLine(key, oldLineAtMs, lineAtMs);
    const next = { lastVersion: version, usedBytes: usedBytes + diskBytes(key, record) - freedBytes };
    this.ledger.putSync(ledgerKey, encodeLedger(next));
  }

  /** The old place as long as it is to come, and not after the expiry. */
  private lineFor(expiresAtMs: number, oldLineAtMs: number | undefined): number {
    const stays = oldLineAtMs !== undefined && this.clock.nowMs() < oldLineAtMs && oldLineAtMs <= expiresAtMs;
    return stays ? oldLineAtMs : expiresAtMs;
  }

  private moveLine(key: Buffer, fromMs: number | undefined, toMs: number): void {
    if (fromMs !== undefined) this.byExpiry.removeSync(encodeExpiryKey(fromMs, key));
    this.byExpiry.putSync(encodeExpiryKey(toMs, key), nothing);
  }

  /** Removes the record and its line in the index. Gives the bytes that this frees. */
  private remove(key: Buffer): number {
    const record = this.records.get(key);
    if (!record) return 0;
    this.byExpiry.removeSync(encodeExpiryKey(headOf(record).lineAtMs, key));
    this.records.removeSync(key);
    return diskBytes(key, record);
  }

  /** What a sweep does at a line whose time has come. Gives whether the record was removed, and the bytes that this frees. */
  private sweepAt(line: Buffer): { readonly isRemoved: boolean; readonly freedBytes: number } {
    const { lineAtMs, key } = decodeExpiryKey(line);
    const before = this.records.get(key);
    const record = before && decodeRecord(before);
    if (!record || record.lineAtMs !== lineAtMs) {
      // No line is ever without its record; one that were must go all the same, or sweeps would not get on.
      this.byExpiry.removeSync(line);
      return { isRemoved: false, freedBytes: 0 };
    }
    const { expiresAtMs } = record;
    if (expiresAtMs <= this.clock.nowMs()) return { isRemoved: true, freedBytes: this.remove(key) };
    const after = encodeRecord({ ...record, lineAtMs: expiresAtMs });
    const freedBytes = diskBytes(key, before) - diskBytes(key, after);
    this.records.putSync(key, after);
    this.moveLine(key, lineAtMs, expiresAtMs);
    return { isRemoved: false, freedBytes };
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
