/** What a call showed of the service. `unknown`: it ended for a reason of our own. */
export type Health = 'alive' | 'outage' | 'unknown';

/** Leave to make one call. Every permit is reported, whatever becomes of the call. */
export interface Permit {
  readonly epoch: number;
}

export type Admission =
  | { readonly admitted: true; readonly permit: Permit }
  | { readonly admitted: false; readonly retryInMs: number };

/** What a report changed. `opened` is said once, not again for each trial that fails. */
export type BreakerChange = 'opened' | 'closed' | undefined;

export interface BreakerLimits {
  /** Outages in a row that open it. */
  readonly failures: number;
  /** How long it then admits nobody. */
  readonly openMs: number;
  /** How long a trial is waited for that never reports. */
  readonly trialMs: number;
}

/**
 * Keeps calls away from an address that does not answer: closed, open for a while, then half-open, when one call tries the address
 * on behalf of all. Knows no clock: whoever asks says what time it is, in milliseconds of a clock that nobody can set.
 */
export class CircuitBreaker {
  /** Changes with the state, so that a call of an earlier time says nothing about the present one. */
  private epoch = 0;
  private outages = 0;
  /** Undefined while closed; past while half-open. */
  private openUntilMs: number | undefined;
  private trialUntilMs: number | undefined;

  constructor(private readonly limits: BreakerLimits) {}

  /** Whether calls are kept away, but for the one that tries the address. */
  get isOpen(): boolean {
    return this.openUntilMs !== undefined;
  }

  admit(nowMs: number): Admission {
    if (this.openUntilMs === undefined) return { admitted: true, permit: { epoch: this.epoch } };
    if (nowMs < this.openUntilMs) return { admitted: false, retryInMs: this.openUntilMs - nowMs };
    if (this.trialUntilMs !== undefined && nowMs < this.trialUntilMs)
      return { admitted: false, retryInMs: 0 };
    this.trialUntilMs = nowMs + this.limits.trialMs;
    this.epoch++;
    return { admitted: true, permit: { epoch: this.epoch } };
  }

  report({ epoch }: Permit, health: Health, nowMs: number): BreakerChange {
    if (epoch !== this.epoch) return undefined;
    return this.openUntilMs === undefined ? this.count(health, nowMs) : this.endTrial(health, nowMs);
  }

  private count(health: Health, nowMs: number): BreakerChange {
    if (health === 'alive') this.outages = 0;
    if (health !== 'outage') return undefined;
    this.outages++;
    if (this.outages < this.limits.failures) return undefined;
    this.open(nowMs);
    return 'opened';
  }

  private endTrial(health: Health, nowMs: number): BreakerChange {
    this.trialUntilMs = undefined;
    if (health === 'outage') this.open(nowMs);
    // After `unknown` it stays half-open, and the next call tries.
    if (health !== 'alive') return undefined;
    this.openUntilMs = undefined;
    return 'closed';
  }

  private open(nowMs: number): void {
    this.openUntilMs = nowMs + this.limits.openMs;
    this.outages = 0;
    this.epoch++;
  }
}
