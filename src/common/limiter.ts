/** Thrown when as many tasks wait as may wait. */
export class LimiterFull extends Error {
  override readonly name = 'LimiterFull';
}

/** Lets a fixed number of tasks run at the same time and a fixed number wait, first come first served. */
export class Limiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
  ) {}

  /** Runs the task when there is room. @throws LimiterFull at once when the queue is full. */
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
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private release(): void {
    const next = this.waiting.shift();
    // The place goes straight to the next in line, so that nobody can overtake.
    if (next) next();
    else this.running--;
  }
}
