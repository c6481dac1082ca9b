/** A point in time by which something must be done. Steps share it, so that many short waits cannot add up to a long one. */
export class Deadline {
  private constructor(private readonly atMs: number) {}

  static in(ms: number): Deadline {
    return new Deadline(performance.now() + ms);
  }

  /** Never negative. Uses a clock that nobody can set. */
  remainingMs(): number {
    return Math.max(0, this.atMs - performance.now());
  }

  get isOver(): boolean {
    return this.remainingMs() === 0;
  }

  /** The nearer of this deadline and one of its own for a single step. */
  within(stepMs: number): Deadline {
    return new Deadline(Math.min(this.atMs, performance.now() + stepMs));
  }
}

/** What the task gives, if that is there in time; what comes of it later is nobody's. @throws `late()` when the time is over; what the task throws */
export function within<T>(limitMs: number, task: () => Promise<T>, late: () => Error): Promise<T> {
  // By hand, since each step of a login has a limit: a race of promises costs several more of them.
  return new Promise((resolve, reject) => {
    const work = task();
    const timer = setTimeout(() => reject(late()), limitMs);
    const end = (): void => clearTimeout(timer);
    work.then(end, end);
    work.then(resolve, reject);
  });
}
