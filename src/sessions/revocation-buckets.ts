import type { Clock } from '../common/clock';
import type { Store } from '../stores/store';
import {
  decodeRevocations,
  isFull,
  isOver,
  keyOfPart,
  shards,
  type WrittenRevocation,
} from './revocation-records';

/** What a shard of a minute held when it was read: the parts that cannot change any more, and the one after them. */
interface Chain {
  readonly fullParts: number;
  readonly full: readonly WrittenRevocation[];
  readonly rest: readonly WrittenRevocation[];
}

interface Bucket {
  readonly chains: readonly Chain[];
  /** In the order of writing. */
  readonly written: readonly WrittenRevocation[];
}

interface KeptBucket {
  /** When the reading began; a later one starts from what it found. */
  startedAtMs: number;
  bucket: Promise<Bucket>;
  size: number;
}

const freshMs = 1000;
const emptyChain: Chain = { fullParts: 0, full: [], rest: [] };
const nothing: Bucket = { chains: Array.from({ length: shards }, () => emptyChain), written: [] };

/**
 * Reads the feed minute by minute, and each minute at most once a second, however many ask. A minute that is over is read once.
 * Keeps about `mostKept` entries, the latest.
 */
export class RevocationBuckets {
  private readonly kept = new Map<number, KeptBucket>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mostKept = 200_000,
  ) {}

  /** The entries of a minute in the order of writing. What was durable a second ago is among them. */
  async of(minute: number): Promise<readonly WrittenRevocation[]> {
    const known = this.kept.get(minute);
    const current = known && this.isFresh(minute, known) ? known : this.readAgain(minute, known);
    return (await current.bucket).written;
  }

  /** Says that this process has written just now: it sees that at once. */
  expire(minute: number): void {
    const known = this.kept.get(minute);
    if (known) known.startedAtMs = -Infinity;
  }

  /** Forgets what has ended, and the oldest minutes where too much is kept. */
  forget(beforeMinute: number): void {
    let total = 0;
    for (const minute of [...this.kept.keys()].sort((a, b) => b - a)) {
      total += this.kept.get(minute)?.size ?? 0;
      if (minute < beforeMinute || total > this.mostKept) this.kept.delete(minute);
    }
  }

  private isFresh(minute: number, { startedAtMs }: KeptBucket): boolean {
    const ageMs = this.clock.nowMs() - startedAtMs;
    // The clock has been set back: what was over may be written again.
    if (ageMs < 0) return false;
    return isOver(minute, startedAtMs) || ageMs < freshMs;
  }

  private readAgain(minute: number, known: KeptBucket | undefined): KeptBucket {
    const bucket = this.read(minute, known?.bucket);
    const kept = { startedAtMs: this.clock.nowMs(), bucket, size: 0 };
    this.kept.set(minute, kept);
    bucket.then(
      ({ written }) => (kept.size = written.length),
      () => this.kept.get(minute) === kept && this.kept.delete(minute),
    );
    return kept;
  }

  private async read(minute: number, known: Promise<Bucket> | undefined): Promise<Bucket> {
    const before = await (known?.catch(() => nothing) ?? nothing);
    const chains = await Promise.all(before.chains.map((chain, shard) => this.grown(chain, minute, shard)));
    const written = chains.flatMap(({ full, rest }) => [...full, ...rest]);
    return { chains, written: written.sort((a, b) => a.atMs - b.atMs) };
  }

  private async grown(chain: Chain, minute: number, shard: number): Promise<Chain> {
    const full = [...chain.full];
    for (let part = chain.fullParts; ; part++) {
      const record = await this.store.read(keyOfPart({ minute, shard, part }));
      const rest = record ? decodeRevocations(record.value) : [];
      if (!record || !isFull(record.value)) return { fullParts: part, full, rest };
      full.push(...rest);
    }
  }
}
