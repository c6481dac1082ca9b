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
