import type { TimedOutcome, Timer, TimerTerms } from '../../common/instruments';
import type { Durations } from './measures';

/** What a span is called, and what is known of it before it begins. Nothing of a request. */
export interface SpanTerms {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Who makes spans, where traces are on. */
export interface Spans {
  /** Runs the task within a span of its own, if it runs within one already: nobody could tell what a lone one belongs to. */
  run<T>(terms: SpanTerms, task: () => Promise<T>, outcomeOf: (value: T) => TimedOutcome): Promise<T>;
  /** What carries the present span on to another service. */
  outgoingHeaders(): Readonly<Record<string, string>>;
}

export interface DurationsByOutcome {
  of(outcome: TimedOutcome): Durations;
}

const succeeded = (): TimedOutcome => 'ok';

export class PlainTimer implements Timer {
  constructor(
    private readonly durations: DurationsByOutcome,
    private readonly terms: Pick<TimerTerms, 'outcomeOfError'>,
  ) {}

  async run<T>(task: () => Promise<T>, outcomeOf: (value: T) => TimedOutcome = succeeded): Promise<T> {
    const startedAtMs = performance.now();
    try {
      const value = await task();
      this.takeDown(startedAtMs, outcomeOf(value));
      return value;
    } catch (error) {
      this.takeDown(startedAtMs, this.terms.outcomeOfError(error));
      throw error;
    }
  }

  private takeDown(startedAtMs: number, outcome: TimedOutcome): void {
    this.durations.of(outcome).observe((performance.now() - startedAtMs) / 1000);
  }
}

/** The same within a span. */
export class TracedTimer implements Timer {
  constructor(
    private readonly timer: Timer,
    private readonly spans: Spans,
    private readonly terms: SpanTerms,
  ) {}

  run<T>(task: () => Promise<T>, outcomeOf: (value: T) => TimedOutcome = succeeded): Promise<T> {
    return this.spans.run(this.terms, () => this.timer.run(task, outcomeOf), outcomeOf);
  }
}
