import { randomInt } from 'node:crypto';
import type { Clock } from '../common/clock';
import { type Store, type StoredRecord, StoreUnavailable } from '../stores/store';
import {
  encodeRevocations,
  isFull,
  keyOfPart,
  leewayMs,
  minuteOf,
  overlapMs,
  type PartPosition,
  type Revocation,
  shards,
} from './revocation-records';

/** Revocations that go into the store with one write. */
interface Batch {
  readonly revocations: Revocation[];
  bytes: number;
  readonly written: Promise<void>;
}

/** More would mean that something else is wrong; each lost race is a write of another process that shares the shard, or a late one. */
const mostRaces = 100;
/**
 * After so long, the minute may be over for readers before the write is: it is written once more, into a later one. The rest of
 * the overlap is for clocks that differ.
 */
const lateMs = overlapMs / 3;
/** With a part that is nearly full, far below the longest value of a store. */
const mostBatchBytes = 256 * 1024;

/**
 * Appends to the feed. What comes while a write is running goes together with the next one, so that many logouts at the same
 * time cost few writes.
 */
export class RevocationWriter {
  private readonly shard = randomInt(shards);
  private position: PartPosition = { minute: 0, shard: this.shard, part: 0 };
  private lastWrite: Promise<unknown> = Promise.resolve();
  private waiting: Batch | undefined;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    /** The life of an access token. */
    private readonly tokenTtlMs: number,
  ) {}

  /** Durable when it resolves. @throws StoreUnavailable; the revocations may stand in the feed all the same. */
  append(revocations: readonly Revocation[]): Promise<void> {
    if (revocations.length === 0) return Promise.resolve();
    const bytes = Buffer.byteLength(JSON.stringify(revocations));
    const batch = this.batchWithRoomFor(bytes);
    batch.revocations.push(...revocations);
    batch.bytes += bytes;
    return batch.written;
  }

  private batchWithRoomFor(bytes: number): Batch {
    if (this.waiting && this.waiting.bytes + bytes <= mostBatchBytes) return this.waiting;
    const revocations: Revocation[] = [];
    const written = this.lastWrite.then(() => {
      if (this.waiting === batch) this.waiting = undefined;
      return this.write(revocations);
    });
    const batch: Batch = { revocations, bytes: 0, written };
    this.waiting = batch;
    this.lastWrite = written.catch(() => undefined);
    return batch;
  }

  private async write(revocations: readonly Revocation[]): Promise<void> {
    for (let losses = 0; losses < mostRaces;) {
      const step = await this.step(revocations);
      if (step === 'written') return;
      if (step === 'lost') losses++;
    }
    throw new StoreUnavailable(`a part of the revocation feed changed ${mostRaces} times during one write`);
  }

  /** The time is taken anew with each step, so that a late write lands in a late minute. */
  private async step(revocations: readonly Revocation[]): Promise<'written' | 'lost' | 'moved'> {
    const nowMs = this.clock.nowMs();
    if (this.position.minute !== minuteOf(nowMs)) this.goTo(minuteOf(nowMs), 0);
    const { minute, part } = this.position;
    const current = await this.store.read(keyOfPart(this.position));
    if (current && isFull(current.value)) return this.goTo(minute, part + 1);
    if (!current && (await this.isBehindGap())) return this.goTo(minute, 0);
    const exp = Math.ceil((nowMs + this.tokenTtlMs + leewayMs) / 1000);
    const lines = encodeRevocations(revocations.map((one) => ({ atMs: nowMs, entry: { ...one, exp } })));
    const kept = await this.keep(lines, current, exp * 1000 + overlapMs);
    const isLate = this.clock.nowMs() - nowMs > lateMs;
    return kept && !isLate ? 'written' : 'lost';
  }

  private keep(lines: string, current: StoredRecord | undefined, expiresAtMs: number): Promise<boolean> {
    const key = keyOfPart(this.position);
    if (!current) return this.store.create(key, lines, expiresAtMs);
    return this.store.replace(key, current.version, current.value + lines, expiresAtMs);
  }

  /** Readers stop at the first part that is missing. If a store has lost one, it is filled before anything follows it. */
  private async isBehindGap(): Promise<boolean> {
    const { part } = this.position;
    return part > 0 && !(await this.store.read(keyOfPart({ ...this.position, part: part - 1 })));
  }

  private goTo(minute: number, part: number): 'moved' {
    this.position = { minute, shard: this.shard, part };
    return 'moved';
  }
}
