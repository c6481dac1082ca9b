import type { Deadline } from '../../outbound/deadline';

/** A step took longer than it may. */
export class StepTimeout extends Error {
  override readonly name = 'StepTimeout';
}

export interface StepLimitOptions {
  readonly ms: number;
  /** The setting that says so. */
  readonly setting: string;
  /** The step’s own limit, where the end of the whole call comes before it. */
  readonly ownMs?: number;
}

/**
 * How long one step may take, and which setting says so. Its timers are exact; those of undici tick about twice a second.
 * Several steps can share one limit.
 */
export class StepLimit {
  private readonly endsAtMs: number;

  constructor(private readonly options: StepLimitOptions) {
    this.endsAtMs = performance.now() + options.ms;
  }

  /** The step's own limit, or what is left of the whole call where that is less. */
  static within(deadline: Deadline, own: StepLimitOptions): StepLimit {
    const leftMs = deadline.remainingMs();
    return new StepLimit(
      leftMs < own.ms ? { ms: leftMs, setting: 'EXTERNAL_AUTH_TIMEOUT_MS', ownMs: own.ms } : own,
    );
  }

  get ms(): number {
    return this.options.ms;
  }

  get ownMs(): number {
    return this.options.ownMs ?? this.ms;
  }

  get setting(): string {
    return this.options.setting;
  }

  /** For a message: `within 300 ms (EXTERNAL_AUTH_TIMEOUT_MS)`. */
  get words(): string {
    return `within ${Math.round(this.ms)} ms (${this.options.setting})`;
  }

  /** Runs the task when the limit has passed; whoever is done earlier clears the timer. */
  onEnd(task: () => void): NodeJS.Timeout {
    return setTimeout(task, Math.ceil(Math.max(0, this.endsAtMs - performance.now())));
  }

  /** @throws StepTimeout when the work takes longer; the work itself goes on. */
  async bound<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = this.onEnd(() => reject(new StepTimeout(`not done ${this.words}`)));
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
