/** Where lines end up. */
export interface LineTarget {
  write(lines: string): unknown;
  /** Writes what waits before it returns. */
  flushSync(): void;
}

/**
 * Hands on the lines of one turn of the event loop together, in their order: each write is handed to another thread. They wait for no more than what the turn does besides.
 */
export class LinesOfTurn {
  private lines = '';
  private hasEnded = false;

  constructor(private readonly target: LineTarget) {}

  write(line: string): void {
    if (this.lines === '') setImmediate(() => this.handOn());
    this.lines += line;
    if (this.hasEnded) this.flushSync();
  }

  /** Writes what waits before it returns. */
  flushSync(): void {
    this.handOn();
    this.target.flushSync();
  }

  /** No turn comes any more: what waits is written, and so is each further line at once. */
  end(): void {
    this.hasEnded = true;
    this.flushSync();
  }

  private handOn(): void {
    const { lines } = this;
    this.lines = '';
    if (lines !== '') this.target.write(lines);
  }
}
