/** The only source of time. Tests replace it, so that no test sleeps. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract nowMs(): number;

  /** Whole seconds since the Unix epoch, as JWT NumericDate wants them (RFC 7519 section 2). */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }
}

/** The machine's own clock. */
export class SystemClock extends Clock {
  nowMs(): number {
    return Date.now();
  }
}
