/** Where lines end up. */
export interface LineTarget {
  write(lines: string): unknown;
  /** Writes what waits before it returns. */
  flushSync(): void;
}

/**
 * Hands on the lines of one turn of the event loop together, in their order: to write each by itself takes a tenth of the time of a
 * request. They wait for no more than what the turn does besides.
 */
export class LinesOfTurn {
  private lines = '';

  constructor(private readonly target: LineTarget) {}

  write(line: string): void {
    if (this.lines === '') setImmediate(() => this.handOn());
    this.lines += line;
  }

  /** For the end of the process, which waits for nothing. */
  writeNow(): void {
    this.handOn();
    this.target.flushSync();
  }

  private handOn(): void {
    const { lines } = this;
    this.lines = '';
    if (lines !== '') this.target.write(lines);
  }
}
