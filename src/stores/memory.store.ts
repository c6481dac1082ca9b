import type { Clock } from '../common/clock';
import { checkKey, checkRecord, checkScan, checkWindow, decodePlace, encodePlace } from './limits';
import { SortedKeys } from './sorted-keys';
import { type KeyBatch, Store, StoreUnavailable, type StoredRecord, type WindowCount } from './store';
import { WindowCounters } from './window-counters';

interface MemoryRecord extends StoredRecord {
  readonly expiresAtMs: number;
}

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** Most records that are kept; past them creation is refused. */
  readonly maxRecords?: number;
  /** Most counters that are kept; past them the one opened first is dropped. */
  readonly maxCounters?: number;
}

const defaultMaxRecords = 100_000;
const defaultMaxCounters = 100_000;

/** Keeps everything in this process's memory and forgets it at the end: for tests and for a throw-away gateway. */
export class MemoryStore extends Store {
  private readonly records = new Map<string, MemoryRecord>();
  private readonly keys = new SortedKeys();
  private readonly counters: WindowCounters;
  private readonly clock: Clock;
  private readonly maxRecords: number;
  private lastVersion = 0;
  /** No record expires before this moment, so that a full store is not searched again and again. */
  private earliestExpiryMs = Infinity;
  private closed = false;

  constructor({ clock, maxRecords, maxCounters }: MemoryStoreOptions) {
    super();
    this.clock = clock;
    this.maxRecords = maxRecords ?? defaultMaxRecords;
    this.counters = new WindowCounters(clock, maxCounters ?? defaultMaxCounters);
  }

  create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    return this.answer(() => {
      checkKey(key);
      checkRecord(value, expiresAtMs);
      if (this.find(key)) return false;
      this.makeRoom();
      this.keep(key, value, expiresAtMs);
      return true;
    });
  }

  read(key: string): Promise<StoredRecord | undefined> {
    return this.answer(() => {
      checkKey(key);
      const record = this.find(key);
      return record && { value: record.value, version: record.version };
    });
  }

  replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    return this.answer(() => {
      checkKey(key);
      checkRecord(value, expiresAtMs);
      if (this.find(key)?.version !== version) return false;
      this.keep(key, value, expiresAtMs);
      return true;
    });
  }

  delete(key: string): Promise<boolean> {
    return this.answer(() => {
      checkKey(key);
      return this.find(key) !== undefined && this.forget(key);
    });
  }

  increment(key: string, windowMs: number): Promise<WindowCount> {
    return this.answer(() => {
      checkKey(key);
      checkWindow(windowMs);
      return this.counters.increment(key, windowMs);
    });
  }

  scan(prefix: string, after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.answer(() => {
      checkScan(prefix, limit);
      const place = after === undefined ? undefined : decodePlace(after, prefix);
      const seen = this.keys.under(prefix, place, limit);
      const last = seen.at(-1);
      const keys = seen.filter((key) => this.find(key) !== undefined);
      return last === undefined || seen.length < limit ? { keys } : { keys, next: encodePlace(last) };
    });
  }

  close(): Promise<void> {
    this.closed = true;
    this.records.clear();
    this.keys.clear();
    return Promise.resolve();
  }

  /** Runs the verb in one go, which makes it atomic; what it throws becomes a rejection. */
  private answer<T>(verb: () => T): Promise<T> {
    return new Promise((resolve) => {
      if (this.closed) throw new StoreUnavailable('closed');
      resolve(verb());
    });
  }

  private find(key: string): MemoryRecord | undefined {
    const record = this.records.get(key);
    if (!record || this.clock.nowMs() < record.expiresAtMs) return record;
    this.forget(key);
    return undefined;
  }

  private forget(key: string): boolean {
    this.keys.remove(key);
    return this.records.delete(key);
  }

  private keep(key: string, value: string, expiresAtMs: number): void {
    this.keys.add(key);
    this.records.set(key, { value, expiresAtMs, version: ++this.lastVersion });
    this.earliestExpiryMs = Math.min(this.earliestExpiryMs, expiresAtMs);
  }

  private makeRoom(): void {
    if (this.records.size < this.maxRecords) return;
    this.removeExpired();
    if (this.records.size < this.maxRecords) return;
    throw new StoreUnavailable(`full: it holds ${this.maxRecords} records`);
  }

  private removeExpired(): void {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.earliestExpiryMs) return;
    this.earliestExpiryMs = Infinity;
    for (const [key, { expiresAtMs }] of this.records) {
      if (expiresAtMs <= nowMs) this.forget(key);
      else this.earliestExpiryMs = Math.min(this.earliestExpiryMs, expiresAtMs);
    }
  }
}
