/**
 * Remembers that a server failed, so that logins leave it alone until a probe in the background has seen it work again. A failed
 * task is suspicion and no verdict: one account whose bind hangs must not take the server from everybody, so a probe judges.
 * A pure state machine: the caller brings the time, starts the probes and tells what came of them.
 */
export class CircuitBreaker {
  private isOpen = false;
  private isProbing = false;
  private isHurried = false;
  private isSuspected = false;
  private openedAtMs = -Infinity;
  private suspectedAtMs = -Infinity;
  private lastProbeAtMs = -Infinity;

  constructor(private readonly probeIntervalMs: number) {}

  /** Closed means that logins may use the server. */
  get isClosed(): boolean {
    return !this.isOpen;
  }

  /**
   * Logins should rather use another server. Lasts an interval, also when a probe succeeds sooner, for the sake of a server that
   * passes probes and fails at the real work.
   */
  isDoubted(nowMs: number): boolean {
    return this.isSuspected || nowMs < this.suspectedAtMs + this.probeIntervalMs;
  }

  /** An answer did not come. True when a probe has to start at once. */
  suspect(nowMs: number): boolean {
    if (this.isOpen) return false;
    this.isSuspected = true;
    this.suspectedAtMs = nowMs;
    return !this.isProbing;
  }

  /** Connecting or a probe failed. True when this opened it. */
  fail(nowMs: number): boolean {
    if (this.isOpen) return false;
    this.isOpen = true;
    this.openedAtMs = nowMs;
    this.isHurried = false;
    return true;
  }

  /**
   * No other server is left: the next probe may come at once, so that a single slow answer of an only server costs no more than
   * a moment. Probes still are an interval apart, for the sake of a server that passes them and fails at the real work.
   */
  hurry(): void {
    this.isHurried = true;
  }

  /** How long the next probe has to wait; undefined while it is closed or a probe is under way. */
  msUntilProbe(nowMs: number): number | undefined {
    return this.isClosed || this.isProbing ? undefined : this.retryAfterMs(nowMs);
  }

  startProbe(nowMs: number): void {
    this.isProbing = true;
    this.lastProbeAtMs = nowMs;
  }

  endProbe(succeeded: boolean, nowMs: number): void {
    this.isProbing = false;
    this.isSuspected = false;
    if (succeeded) this.isOpen = false;
    else this.fail(nowMs);
  }

  /** When somebody who was turned away may hope for more; 0 while it is closed. */
  retryAfterMs(nowMs: number): number {
    if (this.isClosed) return 0;
    const sinceMs = this.isHurried ? this.lastProbeAtMs : Math.max(this.lastProbeAtMs, this.openedAtMs);
    return Math.max(0, sinceMs + this.probeIntervalMs - nowMs);
  }
}
