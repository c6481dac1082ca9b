import type { Logger } from '../../common/logger';
import { whereThrown } from '../../common/system-error';
import { StrategyUnavailable } from '../credential-strategy';
import type { PeerHealth } from '../source-health';
import { within } from '../outbound/deadline';

export interface BoundedAnswersOptions {
  /** The name of the strategy. */
  readonly strategy: string;
  readonly logger: Logger;
  /** Time for one answer; shorter than what the counts of failed logins take for the longest of a login. */
  readonly longestAnswerMs?: number;
}

const usualLongestAnswerMs = 10_000;
/** Those that were given up count until they end: a source that hangs must not gather them. */
const mostUnanswered = 256;

/** Puts questions to a source that may hang, throw anything, or answer nothing at all. */
export class BoundedAnswers {
  private unanswered = 0;
  private wasAsked = false;
  private fault: string | undefined;

  constructor(private readonly options: BoundedAnswersOptions) {}

  /**
   * Resolves with the answer.
   * @throws StrategyUnavailable as the source threw it; also for anything else that it throws, when it takes longer than 10 s, and at once while 256
   * of its answers are still to come. What was thrown is logged by its kind and its place, never by its message.
   */
  async to<T>(question: () => Promise<T>): Promise<T> {
    this.wasAsked = true;
    try {
      const answer = await this.inTime(question);
      this.fault = undefined;
      return answer;
    } catch (error) {
      const outage = error instanceof StrategyUnavailable ? error : this.outageFrom(error);
      this.fault = outage.message;
      throw outage;
    }
  }

  /** How the source did with the last question; nothing before the first one. */
  health(): readonly PeerHealth[] {
    if (!this.wasAsked) return [];
    return [{ address: this.options.strategy, isUp: this.fault === undefined, lastError: this.fault }];
  }

  private async inTime<T>(question: () => Promise<T>): Promise<T> {
    if (this.unanswered >= mostUnanswered) throw this.outage('too many questions wait for an answer');
    const { longestAnswerMs = usualLongestAnswerMs } = this.options;
    this.unanswered++;
    const answer = begun(question).finally(() => void this.unanswered--);
    return within(
      longestAnswerMs,
      () => answer,
      () => this.outage('gave no answer in time'),
    );
  }

  private outageFrom(thrown: unknown): StrategyUnavailable {
    const { strategy, logger } = this.options;
    logger.error(
      { strategy, ...whereThrown(thrown) },
      'a strategy threw something else than StrategyUnavailable',
    );
    return this.outage('failed in a way that it did not foresee');
  }

  private outage(detail: string): StrategyUnavailable {
    return new StrategyUnavailable(this.options.strategy, detail);
  }
}

/** A question that throws at once has failed like any other. */
async function begun<T>(question: () => Promise<T>): Promise<T> {
  return question();
}
