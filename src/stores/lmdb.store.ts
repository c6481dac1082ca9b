import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { checkKey, checkRecord, checkScan, checkWindow, decodePlace } from './limits';
import type { Counters } from './counters';
import { LmdbFile } from './lmdb-file';
import { RecordTable } from './record-table';
import { type KeyBatch, Store, type StoredRecord, type WindowCount } from './store';

export interface LmdbStoreOptions {
  /** A folder of its own; made with mode 0700 if it is missing. */
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts hits; of this process alone or of several. */
  readonly counters: Counters;
  /** Most bytes of records; past them creation is refused. */
  readonly maxBytes?: number;
  /** Longest wait for a write before it is answered with StoreUnavailable. */
  readonly writeTimeoutMs?: number;
}

const sweepEveryMs = 30_000;
/** One transaction of a sweep holds the event loop for a few milliseconds. */
const sweepBatchRecords = 500;
/** Bounds a sweep, and still removes 100,000 records in each: more than logins can make in that time. */
const sweepMaxBatches = 200;
/** Room for about a million sessions; the file may become twice as long, since LMDB copies before it writes. */
const defaultMaxBytes = 1024 ** 3;
const defaultWriteTimeoutMs = 10_000;

/**
 * The embedded store: records in an LMDB file that several processes of one machine may share.
 *
 * Records are durable: a create, replace or delete that resolved survives a crash of the process and of the machine.
 * Counters are in memory: rate limits need not survive a crash.
 */
export class LmdbStore extends Store {
  private readonly sweepTimer: NodeJS.Timeout;
  private sweeping: Promise<number> | undefined;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly file: LmdbFile,
    private readonly records: RecordTable,
    private readonly options: LmdbStoreOptions,
  ) {
    super();
    this.sweepTimer = setInterval(() => void this.sweep(), sweepEveryMs).unref();
  }

  /** @throws Error that names DATA_DIR when the folder cannot be used. */
  static open(options: LmdbStoreOptions): LmdbStore {
    const {
      path,
      clock,
      logger,
      maxBytes = defaultMaxBytes,
      writeTimeoutMs = defaultWriteTimeoutMs,
    } = options;
    try {
      const file = LmdbFile.open({ path, writeTimeoutMs });
      const records = new RecordTable(file, clock, maxBytes);
      logger.info({ path, maxBytes }, 'Embedded store opened');
      return new LmdbStore(file, records, options);
    } catch (error) {
      const message = `The store in ${path} cannot be opened; check DATA_DIR and who owns it: ${describeError(error)}`;
      throw new Error(message, { cause: error });
    }
  }

  async create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    checkKey(key);
    checkRecord(value, expiresAtMs);
    return this.file.transact(() => this.records.create(key, value, expiresAtMs));
  }

  read(key: string): Promise<StoredRecord | undefined> {
    return new Promise((resolve) => {
      checkKey(key);
      const record = this.file.read(() => this.records.find(key));
      resolve(record && { value: record.value, version: record.version });
    });
  }

  async replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    checkKey(key);
    checkRecord(value, expiresAtMs);
    return this.file.transact(() => this.records.replace(key, version, value, expiresAtMs));
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return this.file.transact(() => this.records.delete(key));
  }

  increment(key: string, windowMs: number): Promise<WindowCount> {
    return new Promise((resolve) => {
      checkKey(key);
      checkWindow(windowMs);
      resolve(this.options.counters.increment(key, windowMs));
    });
  }

  scan(prefix: string, after: string | undefined, limit: number): Promise<KeyBatch> {
    return new Promise((resolve) => {
      checkScan(prefix, limit);
      const place = after === undefined ? undefined : decodePlace(after, prefix);
      resolve(this.file.read(() => this.records.keysUnder(prefix, place, limit)));
    });
  }

  /** Removes expired records, a batch per transaction. Resolves with their number; a failure goes to the log. */
  sweep(): Promise<number> {
    this.sweeping ??= this.sweepInBatches().finally(() => (this.sweeping = undefined));
    return this.sweeping;
  }

  close(): Promise<void> {
    clearInterval(this.sweepTimer);
    this.closing ??= this.file.close();
    return this.closing;
  }

  private async sweepInBatches(): Promise<number> {
    let removed = 0;
    try {
      for (let batch = 0; batch < sweepMaxBatches && !this.closing; batch++) {
        const swept = await this.file.transact(() => this.records.removeExpired(sweepBatchRecords));
        removed += swept.removed;
        if (swept.looks < sweepBatchRecords) break;
      }
    } catch (error) {
      this.options.logger.warn({ error: describeError(error) }, 'Expired records could not be removed');
    }
    return removed;
  }
}
