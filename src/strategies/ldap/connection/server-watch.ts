import { CircuitBreaker } from './circuit-breaker';

export interface ServerWatchOptions {
  readonly probeIntervalMs: number;
  /** Connects and has the root DSE answered. Rejects when the server does not work. */
  readonly probe: () => Promise<void>;
  readonly inWords: (error: unknown) => string;
  /** Logins must not use the server any more. */
  readonly onDown: (error: unknown) => void;
  readonly onUp: () => void;
}

/** Whether one server works: what logins have seen of it, and probes in the background, of which there is one at a time. */
export class ServerWatch {
  private last: { readonly error: string; readonly atMs: number } | undefined;
  private readonly breaker: CircuitBreaker;
  private probeTimer: NodeJS.Timeout | undefined;
  private probing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly options: ServerWatchOptions) {
    this.breaker = new CircuitBreaker(options.probeIntervalMs);
  }

  /** Whether logins may use it. */
  get isUp(): boolean {
    return this.breaker.isClosed && !this.isClosed;
  }

  /** Whether logins should rather use another one. */
  get isDoubted(): boolean {
    return this.breaker.isDoubted(performance.now());
  }

  /** What went wrong last, also when it works again. */
  get lastError(): string | undefined {
    return this.last?.error;
  }

  /** How long ago that was. */
  get lastErrorAgeMs(): number | undefined {
    return this.last && performance.now() - this.last.atMs;
  }

  retryAfterMs(): number {
    return this.breaker.retryAfterMs(performance.now());
  }

  /** One task failed. That may be the fault of what it asked for, so a probe judges. */
  suspect(error: unknown): void {
    if (this.isClosed) return;
    this.remember(error);
    if (this.breaker.suspect(performance.now())) this.startProbe();
  }

  /** Nobody could have connected. */
  fail(error: unknown): void {
    // Our own closing breaks connections too.
    if (this.isClosed) return;
    this.remember(error);
    if (!this.breaker.fail(performance.now())) return;
    this.options.onDown(error);
    this.probeLater();
  }

  /** No other server works, so this one should be probed soon. */
  hurry(): void {
    this.breaker.hurry();
    this.probeLater();
  }

  /** Nothing is probed or told any more. Resolves when a probe under way has ended. */
  close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.probeTimer);
    return this.probing;
  }

  private remember(error: unknown): void {
    this.last = { error: this.options.inWords(error), atMs: performance.now() };
  }

  private probeLater(): void {
    const waitMs = this.breaker.msUntilProbe(performance.now());
    if (waitMs === undefined || this.isClosed) return;
    clearTimeout(this.probeTimer);
    this.probeTimer = setTimeout(() => this.startProbe(), waitMs);
    this.probeTimer.unref();
  }

  private startProbe(): void {
    // An earlier suspicion may have left a timer of the interval.
    clearTimeout(this.probeTimer);
    this.breaker.startProbe(performance.now());
    this.probing = this.options.probe().then(
      () => this.passed(),
      (error: unknown) => this.failedProbe(error),
    );
  }

  private passed(): void {
    const wasUp = this.breaker.isClosed;
    this.breaker.endProbe(true, performance.now());
    if (!this.isClosed && !wasUp) this.options.onUp();
  }

  private failedProbe(error: unknown): void {
    const wasUp = this.breaker.isClosed;
    this.breaker.endProbe(false, performance.now());
    if (this.isClosed) return;
    this.remember(error);
    if (wasUp) this.options.onDown(error);
    this.probeLater();
  }
}
