import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { fewRandomBytes } from '../common/random-bytes';
import { FailoverWatch } from './failover-watch';
import { checkKey, checkRecord, checkScan, checkWindow } from './limits';
import { RedisConnection } from './redis-connection';
import type { RedisSettings } from './redis-options';
import { createScript, deleteScript, incrementScript, replaceScript } from './redis-scripts';
import { checkPlace, walk } from './redis-walk';
import { type KeyBatch, Store, StoreUnavailable, type StoredRecord, type WindowCount } from './store';

export interface RedisStoreOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * How long after its end a record stays in Redis, for nobody to see. A gateway whose clock is ahead by less takes no record from
 * the others that is still live for them.
 */
const recordSlackMs = 5 * 60_000;
/** A counter that is lost early does no harm, and there may be many. */
const counterSlackMs = 10_000;

/**
 * Records and counters in a Redis or Valkey that several gateways share.
 *
 * Every verb is one command or one script, on one key, and is never sent twice. What resolved is in the memory of the primary,
 * and in its append-only file as its own `appendfsync` has it; with REDIS_WAIT_REPLICAS also in the memory of so many replicas.
 * A version is 53 random bits, drawn by the caller: it rests on no clock and no counter, which a fail-over could set back.
 */
export class RedisStore extends Store {
  private readonly connection: RedisConnection;
  /** WAIT holds up its whole connection. So what waits for replicas has one of its own, and reading goes on beside it. */
  private readonly changes: RedisConnection;
  private readonly watch: FailoverWatch | undefined;
  private readonly clock: Clock;
  private readonly recordSpace: string;
  private readonly counterSpace: string;

  /** @throws Error when a TLS file cannot be read. A Redis that is down is no error: the verbs fail until it is there. */
  constructor({ settings, clock, logger }: RedisStoreOptions) {
    super();
    this.connection = new RedisConnection(settings, logger);
    this.changes =
      settings.REDIS_WAIT_REPLICAS === 0 ? this.connection : new RedisConnection(settings, logger);
    if (settings.REDIS_MODE === 'sentinel') {
      this.watch = new FailoverWatch({
        ...{ settings, logger },
        take: (primary) => {
          for (const connection of new Set([this.connection, this.changes])) connection.follow(primary);
        },
      });
    }
    this.clock = clock;
    this.recordSpace = `${settings.REDIS_KEY_PREFIX}r:`;
    this.counterSpace = `${settings.REDIS_KEY_PREFIX}c:`;
  }

  async create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    checkKey(key);
    checkRecord(value, expiresAtMs);
    const args = this.recordArguments(value, expiresAtMs);
    return isOne(await this.changes.change(createScript, this.recordSpace + key, args));
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    checkKey(key);
    const [version, expiresAtMs, value] = await this.connection.fields(this.recordSpace + key, 'v', 'e', 'd');
    // `== null` also holds for undefined, for a field that is missing altogether.
    if (version == null || value == null || Number(expiresAtMs) <= this.clock.nowMs()) return undefined;
    return { value, version: Number(version) };
  }

  async replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    checkKey(key);
    checkRecord(value, expiresAtMs);
    const args = [...this.recordArguments(value, expiresAtMs), String(version)];
    return isOne(await this.changes.change(replaceScript, this.recordSpace + key, args));
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    const args = [this.clock.nowMs()];
    return isOne(await this.changes.change(deleteScript, this.recordSpace + key, args));
  }

  async increment(key: string, windowMs: number): Promise<WindowCount> {
    checkKey(key);
    checkWindow(windowMs);
    const args = [this.clock.nowMs(), windowMs, counterSlackMs];
    const answer = await this.connection.count(incrementScript, this.counterSpace + key, args);
    if (!Array.isArray(answer)) throw new StoreUnavailable('Redis gave an answer of another form');
    return { count: Number(answer[0]), endsAtMs: Number(answer[1]) };
  }

  async scan(prefix: string, after: string | undefined, limit: number): Promise<KeyBatch> {
    checkScan(prefix, limit);
    checkPlace(after);
    const { keys, next } = await walk(this.connection, { keySpace: this.recordSpace, prefix, after, limit });
    const live = await this.liveOf(keys);
    return next === undefined ? { keys: live } : { keys: live, next };
  }

  async close(): Promise<void> {
    this.watch?.close();
    await Promise.all([this.connection.close(), this.changes.close()]);
  }

  private async liveOf(keys: readonly string[]): Promise<string[]> {
    const ends = await Promise.all(keys.map((key) => this.connection.fields(this.recordSpace + key, 'e')));
    const nowMs = this.clock.nowMs();
    return keys.filter((_, index) => Number(ends[index]?.[0]) > nowMs);
  }

  private recordArguments(value: string, expiresAtMs: number): (string | number)[] {
    const nowMs = this.clock.nowMs();
    // Reckoned from our own clock: that of the server may go another way.
    const ttlMs = Math.max(1, expiresAtMs - nowMs + recordSlackMs);
    return [nowMs, drawVersion(), expiresAtMs, ttlMs, value];
  }
}

/** 1 to 2^53 - 1. Two of them are the same in one of 9 * 10^15 cases; see docs/adr/0012. */
function drawVersion(): number {
  return Number(fewRandomBytes(8).readBigUInt64BE() >> 11n) || 1;
}

function isOne(answer: unknown): boolean {
  return answer === 1;
}
