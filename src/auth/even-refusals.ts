import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatehouseError } from '../common/gatehouse-error';
import type { Settings } from '../config/settings';
import { type AccountGate, tryPassword } from '../strategies/account-at-risk';
import { NameBarred } from './account-check';
import { RefusalTarget } from './even-refusals-target';

/** All that is known of a login or password change before any source is asked. It must not depend on who has an account. */
export interface RefusableTry {
  readonly act: 'login' | 'password_change';
  readonly namedBy?: 'dn';
  /** The sources to which the name alone leads, in the order in which they are asked; none for a name that no source takes. */
  readonly sources: readonly string[];
}

/** Puts a watch before the gate that a source asks, if there is one. */
export type WatchTries = (gate?: AccountGate) => AccountGate;

/** Time and chance; tests have their own. */
export interface RefusalTimer {
  /** Milliseconds of a clock that only goes forward. */
  nowMs(): number;
  wait(ms: number): Promise<void>;
  /** From 0 up to but not including 1, of a cryptographic generator: what can be predicted can be subtracted. */
  random(): number;
}

const chances = 2 ** 32;
const systemTimer: RefusalTimer = {
  nowMs: () => performance.now(),
  wait: (ms) => sleep(ms),
  random: () => randomInt(chances) / chances,
};

/** Of the time that a refusal takes. */
const jitterShare = 0.1;
/** At 250 ms for each refusal, 20 000 a second: far more than one process can check. */
const mostUnderWay = 5000;
/** More than any set of sources gives; past them all further ones share a target. */
const mostTargets = 64;

/**
 * Answers refused passwords no sooner than a time that is the same for all of them, so that an unknown name, a wrong password and an
 * account that was not even tried take equally long (ASVS 5.0 6.3.8). Waiting holds a timer and the request, no connection and no
 * place in a queue. Accepted passwords never wait. Why it is built so: docs/adr/0021-refusals-take-equally-long.md.
 */
export class EvenRefusals {
  private readonly targets = new Map<string, RefusalTarget>();
  private underWay = 0;

  constructor(
    private readonly settings: Pick<Settings, 'REFUSAL_FLOOR_MS' | 'REFUSAL_CEILING_MS'>,
    private readonly timer: RefusalTimer = systemTimer,
  ) {}

  /**
   * @param ask tries the password; every gate that it gives to a source goes through `watch`, so that what a real try takes can be learnt
   * @param isRefused reads the answer of `ask`
   * @throws GatehouseError SERVICE_UNAVAILABLE before anybody is asked, when too many logins are under way; and what `ask` throws, at once but for a late NameBarred
   */
  async even<T>(
    tried: RefusableTry,
    ask: (watch: WatchTries) => Promise<T>,
    isRefused: (answer: T) => boolean,
  ): Promise<T> {
    // To answer some at once would tell of them what the waiting hides.
    if (this.underWay >= mostUnderWay) throw tooManyUnderWay();
    this.underWay += 1;
    try {
      return await this.evenOne(tried, ask, isRefused);
    } finally {
      this.underWay -= 1;
    }
  }

  private async evenOne<T>(
    tried: RefusableTry,
    ask: (watch: WatchTries) => Promise<T>,
    isRefused: (answer: T) => boolean,
  ): Promise<T> {
    const startedAtMs = this.timer.nowMs();
    const seen = { wrong: false };
    const answer = await ask((gate) => watched(gate, seen)).catch((error: unknown) =>
      this.holdIfRefusal(error, startedAtMs + this.targetMs(tried)),
    );
    if (!isRefused(answer)) return answer;
    if (seen.wrong) this.learn(tried, this.timer.nowMs() - startedAtMs);
    await this.holdUntil(startedAtMs + this.targetMs(tried));
    return answer;
  }

  /** Capped here, so that no outage is remembered for longer than the ceiling takes to fade. */
  private learn(tried: RefusableTry, tookMs: number): void {
    this.targetOf(tried).learn(Math.min(tookMs, this.settings.REFUSAL_CEILING_MS), this.timer.nowMs());
  }

  /** Where sources were asked about a barred name, it shows by the time whether they know somebody. */
  private async holdIfRefusal(error: unknown, untilMs: number): Promise<never> {
    if (error instanceof NameBarred && error.isLate) await this.holdUntil(untilMs);
    throw error;
  }

  private async holdUntil(untilMs: number): Promise<void> {
    const leftMs = untilMs - this.timer.nowMs();
    if (leftMs > 0) await this.timer.wait(Math.ceil(leftMs));
  }

  private targetMs(tried: RefusableTry): number {
    const { REFUSAL_FLOOR_MS: floorMs, REFUSAL_CEILING_MS: ceilingMs } = this.settings;
    const evenMs = Math.max(floorMs, this.learntMs(tried));
    return Math.min(ceilingMs, evenMs) * (1 + jitterShare * this.timer.random());
  }

  /** Nobody tries the password of a name that no source takes, so it goes by the slowest of all. */
  private learntMs(tried: RefusableTry): number {
    const nowMs = this.timer.nowMs();
    if (tried.sources.length > 0) return this.targetOf(tried).learntMs(nowMs);
    return Math.max(0, ...[...this.targets.values()].map((target) => target.learntMs(nowMs)));
  }

  private targetOf({ act, namedBy, sources }: RefusableTry): RefusalTarget {
    const wanted = [act, namedBy ?? 'name', ...sources].join(' ');
    const key = this.targets.has(wanted) || this.targets.size < mostTargets ? wanted : '';
    const target = this.targets.get(key) ?? new RefusalTarget();
    this.targets.set(key, target);
    return target;
  }
}

/** A gate that lets everything pass as `gate` does, and notices a password that a source has tried and found wrong. */
function watched(gate: AccountGate | undefined, seen: { wrong: boolean }): AccountGate {
  return {
    pass: (account, attempt, passwordWas) => {
      const noticed = async () => {
        const result = await attempt();
        if (passwordWas(result) === 'wrong') seen.wrong = true;
        return result;
      };
      return tryPassword({ gate }, account, noticed, passwordWas);
    },
  };
}

function tooManyUnderWay(): GatehouseError {
  const detail = `more than ${mostUnderWay} logins are under way`;
  return new GatehouseError('SERVICE_UNAVAILABLE', { detail, retryAfterSeconds: 1 });
}
