/** Thrown when as many tasks wait as may wait, or when one has waited for too long. */
export class LimiterFull extends Error {
  override readonly name = 'LimiterFull';
}

/** Lets a fixed number of tasks run at the same time and a fixed number wait, first come first served, for so long at most. */
export class Limiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
    private readonly maxWaitMs?: number,
  ) {}

  /** Runs the task when there is room. @throws LimiterFull at once when the queue is full, and when no turn has come in time. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.maxRunning) await this.turn();
    else this.running++;
    try {
      return await task();
    } finally {
      this.release();
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) throw new LimiterFull('The queue is full');
    return new Promise((resolve, reject) => {
      const take = () => (clearTimeout(timer), resolve());
      this.waiting.push(take);
      const giveUp = () => {
        const at = this.waiting.indexOf(take);
        if (at < 0) return;
        this.waiting.splice(at, 1);
        reject(new LimiterFull('No turn has come in time'));
      };
      const timer = this.maxWaitMs === undefined ? undefined : setTimeout(giveUp, this.maxWaitMs);
    });
  }

  private release(): void {
    const next = this.waiting.shift();
    // The place goes straight to the next in line, so that nobody can overtake.
    if (next) next();
    else this.running--;
  }
}
