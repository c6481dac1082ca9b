import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Settings } from '../config/settings';
import type { Session } from '../sessions/session';
import { SessionService } from '../sessions/session.service';
import { SweepLease } from '../sessions/sweep-lease';
import { StrategyUnavailable } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { WelcomeCheck } from './welcome-check';

/** How many people the sources have spoken of in a round, and how many sessions ended by it. */
export interface SweepResult {
  readonly asked: number;
  readonly ended: number;
  /** Questions that a source could not answer. */
  readonly unanswered: number;
  /** Why the last of them was not answered. */
  readonly fault?: string;
}

export interface SweepStep {
  /** Come again after so many milliseconds. */
  readonly nextMs: number;
  /** Of a round that has just come to its end. */
  readonly finished?: SweepResult;
}

/** One walk over everybody who has sessions. */
interface Round {
  /** Keys of people who are still to be looked at, before the walk goes on. */
  keys: readonly string[];
  after: string | undefined;
  isLastPart: boolean;
  asked: number;
  ended: number;
  unanswered: number;
  fault?: string;
  /** By strategy: how many questions in a row were not answered. */
  readonly failures: Map<string, number>;
}

export const renewEveryMs = 20_000;
const keysAtOnce = 100;
/** Looks at the store of one step; only questions to a source count against the rate. */
const mostLooks = 100;
/** A source that failed so often in a row is down, and is not asked again in this round. */
const mostFailures = 3;

/**
 * Asks the credential sources in the background whether those who have live sessions are still welcome, so that the sessions of
 * somebody who was barred end although no client refreshes. One process of all that share the store does so, one question at a time.
 */
@Injectable()
export class IdentitySweep {
  private readonly intervalMs: number;
  private readonly paceMs: number;
  private round: Round | undefined;
  private heldAtMs = -Infinity;
  private dueAtMs = 0;

  constructor(
    private readonly sessions: SessionService,
    private readonly lease: SweepLease,
    private readonly welcome: WelcomeCheck,
    private readonly clock: Clock,
    @Inject(Settings) settings: Pick<Settings, 'IDENTITY_SWEEP_SECONDS' | 'IDENTITY_SWEEP_PER_SECOND'>,
  ) {
    this.intervalMs = settings.IDENTITY_SWEEP_SECONDS * 1000;
    this.paceMs = 1000 / settings.IDENTITY_SWEEP_PER_SECOND;
  }

  /**
   * Does what is due now: takes or keeps the lease, begins a round when the last one is old enough, asks about one person.
   * A source that is down is left alone for the rest of the round; the people of the others are looked at all the same.
   * @throws StoreUnavailable: the round is over then, and the next one comes at its time
   */
  async step(): Promise<SweepStep> {
    const { round } = this;
    this.round = undefined;
    if (!(await this.holdsLease())) return { nextMs: renewEveryMs };
    const waitMs = this.dueAtMs - this.clock.nowMs();
    if (!round && waitMs > 0) return { nextMs: Math.min(waitMs, renewEveryMs) };
    const current = round ?? (await this.begin());
    return current ? this.goOn(current) : { nextMs: renewEveryMs };
  }

  /** Lets another process go on at once. @throws StoreUnavailable */
  async letGo(): Promise<void> {
    if (this.heldAtMs !== -Infinity) await this.lease.letGo();
  }

  private async holdsLease(): Promise<boolean> {
    const nowMs = this.clock.nowMs();
    if (Math.abs(nowMs - this.heldAtMs) < renewEveryMs) return true;
    const roundAtMs = await this.lease.hold();
    this.heldAtMs = roundAtMs === undefined ? -Infinity : nowMs;
    this.dueAtMs = (roundAtMs ?? 0) + this.intervalMs;
    return roundAtMs !== undefined;
  }

  /** Undefined when another process has taken the lease meanwhile. */
  private async begin(): Promise<Round | undefined> {
    const startedAtMs = this.clock.nowMs();
    if ((await this.lease.hold(startedAtMs)) === undefined) return undefined;
    this.dueAtMs = startedAtMs + this.intervalMs;
    const counts = { asked: 0, ended: 0, unanswered: 0, failures: new Map<string, number>() };
    return { keys: [], after: undefined, isLastPart: false, ...counts };
  }

  private async goOn(round: Round): Promise<SweepStep> {
    for (let looks = 0; looks < mostLooks; looks++) {
      const key = await this.nextKey(round);
      if (key === undefined) return { nextMs: renewEveryMs, finished: resultOf(round) };
      if (await this.lookAt(key, round)) break;
    }
    this.round = round;
    return { nextMs: this.paceMs };
  }

  private async nextKey(round: Round): Promise<string | undefined> {
    while (round.keys.length === 0 && !round.isLastPart) {
      const { keys, next } = await this.sessions.personKeys(round.after, keysAtOnce);
      Object.assign(round, { keys, after: next, isLastPart: next === undefined });
    }
    const [key, ...others] = round.keys;
    round.keys = others;
    return key;
  }

  /** True when a source was asked. */
  private async lookAt(key: string, round: Round): Promise<boolean> {
    const identity = this.oldIdentity(await this.sessions.ofPersonKey(key));
    if (!identity || (round.failures.get(identity.strategy) ?? 0) >= mostFailures) return false;
    try {
      const { asked, ended } = await this.welcome.check(identity);
      round.failures.delete(identity.strategy);
      if (asked) round.asked++;
      round.ended += ended;
      return asked;
    } catch (error) {
      if (!(error instanceof StrategyUnavailable)) throw error;
      fail(round, identity.strategy, error);
      return true;
    }
  }

  /** What is known of a person, if even the newest of it is old. */
  private oldIdentity(sessions: readonly Session[]): Identity | undefined {
    const [newest] = [...sessions].sort((a, b) => b.identityReadAtMs - a.identityReadAtMs);
    // What was read far in the future was read by a clock that was ahead.
    const isOld = newest && Math.abs(this.clock.nowMs() - newest.identityReadAtMs) > this.intervalMs;
    return isOld ? newest.identity : undefined;
  }
}

/** Its message tells of the source and holds nothing secret. */
function fail(round: Round, strategy: string, { message }: StrategyUnavailable): void {
  round.failures.set(strategy, (round.failures.get(strategy) ?? 0) + 1);
  round.unanswered++;
  round.fault = message;
}

function resultOf({ asked, ended, unanswered, fault }: Round): SweepResult {
  return { asked, ended, unanswered, ...(fault !== undefined && { fault }) };
}
