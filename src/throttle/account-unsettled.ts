import type { Clock } from '../common/clock';
import type { TakenTry, TryOutcome } from './account-record';

/** A try that was taken of an account. */
interface Tried {
  readonly taken: TakenTry;
}

interface Unsettled<T> {
  readonly tried: T;
  readonly outcome: TryOutcome;
}

/** At about 300 bytes each, 3 MB. */
const mostKept = 10_000;
const shortestPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * What came of tries while the store was away, for as long as the process lives: a short outage must not make the gateway forget wrong
 * passwords that the source counts. The oldest are dropped where there are too many, and those whose window is over.
 */
export class AccountUnsettled<T extends Tried> {
  private readonly kept: Unsettled<T>[] = [];
  private timer: NodeJS.Timeout | undefined;
  private pauseMs = shortestPauseMs;
  private isClosed = false;

  /** @param write writes an outcome down; asked again after a pause while it rejects */
  constructor(
    private readonly clock: Clock,
    private readonly write: (tried: T, outcome: TryOutcome) => Promise<void>,
  ) {}

  add(tried: T, outcome: TryOutcome): void {
    if (this.isClosed) return;
    if (this.kept.length >= mostKept) this.kept.shift();
    this.kept.push({ tried, outcome });
    this.timer ??= setTimeout(() => void this.writeAll(), this.pauseMs).unref();
  }

  /** Forgets all of them; tries that nobody settles count for a short time only. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.kept.length = 0;
  }

  private async writeAll(): Promise<void> {
    let next = this.kept.shift();
    while (next && (await this.isDone(next))) next = this.kept.shift();
    this.pauseMs = next ? Math.min(2 * this.pauseMs, longestPauseMs) : shortestPauseMs;
    this.timer = undefined;
    // To the end, so that one that cannot be written does not hold up the others.
    if (next) this.add(next.tried, next.outcome);
  }

  private async isDone({ tried, outcome }: Unsettled<T>): Promise<boolean> {
    const { takenAtMs, windowMs } = tried.taken;
    if (this.clock.nowMs() - takenAtMs >= windowMs) return true;
    return this.write(tried, outcome).then(
      () => true,
      () => false,
    );
  }
}
