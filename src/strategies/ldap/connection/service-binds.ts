import type { Client } from 'ldapts';
import { bindService } from '../bind/user-bind';
import type { Deadline } from '../../outbound/deadline';
import { resultCodeOf } from './directory-failure';
import { inTime, isOutage, isTimeout } from './pooled-connection';

export interface ServiceAccount {
  readonly name: string;
  /** May become another one while the process runs, and is never empty. */
  readonly password: string;
}

/** The directory refuses the service account. Every server of it would. */
export class ServiceAccountRefused extends Error {
  override readonly name = 'ServiceAccountRefused';

  constructor(result: number, options?: ErrorOptions) {
    const hint = resultsOfPlaintext.has(result) ? '; it may want TLS (LDAP_START_TLS)' : '';
    super(
      `the directory refuses the service account with result ${result} (LDAP_BIND_DN and LDAP_BIND_PASSWORD)${hint}`,
      options,
    );
  }
}

/** RFC 4511 appendix A.2: strongerAuthRequired and confidentialityRequired. */
const resultsOfPlaintext: ReadonlySet<number> = new Set([8, 13]);

interface Refusal {
  readonly untilMs: number;
  readonly result: number;
  readonly password: string;
}

type OnConnection = (task: (client: Client) => Promise<void>) => Promise<void>;

interface FirstBind {
  readonly outcome: Promise<void>;
  readonly deadline: Deadline;
}

/**
 * The binds of the service account at one server. Each refused one counts as a wrong password, and too many would lock the
 * account. So after a while without an accepted bind one goes ahead and the others wait for its outcome, and after a refusal,
 * whichever its result, there is a pause, unless there is another password by then.
 */
export class ServiceBinds {
  private acceptedAtMs = -Infinity;
  private refused: Refusal | undefined;
  private first: FirstBind | undefined;

  constructor(
    private readonly account: ServiceAccount,
    private readonly pauseMs: number,
  ) {}

  /** @throws ServiceAccountRefused during the pause after a refusal */
  heedPause(): void {
    const { refused } = this;
    if (refused?.password !== this.account.password) return;
    if (performance.now() < refused.untilMs) throw new ServiceAccountRefused(refused.result);
  }

  /** @throws ServiceAccountRefused; else what came of the bind, or of the one that went ahead */
  async bind(deadline: Deadline, onConnection: OnConnection): Promise<void> {
    while (this.first && !this.isAcceptedOfLate) await this.outcomeOf(this.first, deadline);
    this.heedPause();
    // Nothing may wait between the loop and here, lest two go ahead.
    const outcome = this.attempt(onConnection);
    if (this.isAcceptedOfLate) return outcome;
    this.first = { outcome, deadline };
    try {
      await outcome;
    } finally {
      this.first = undefined;
    }
  }

  /** A password may have been changed meanwhile, so what was accepted long ago says nothing. */
  private get isAcceptedOfLate(): boolean {
    return performance.now() < this.acceptedAtMs + this.pauseMs;
  }

  private async outcomeOf(first: FirstBind, deadline: Deadline): Promise<void> {
    try {
      await inTime(deadline, () => first.outcome);
    } catch (error) {
      // Its own lack of time says nothing for those who have some left.
      if (!isTimeout(error) || !first.deadline.isOver || deadline.isOver) throw error;
    }
  }

  private async attempt(onConnection: OnConnection): Promise<void> {
    const { name, password } = this.account;
    try {
      await onConnection((client) => bindService(client, name, password));
      this.acceptedAtMs = performance.now();
    } catch (error) {
      const result = resultCodeOf(error);
      if (result === undefined || isOutage(error)) throw error;
      this.acceptedAtMs = -Infinity;
      this.refused = { untilMs: performance.now() + this.pauseMs, result, password };
      throw new ServiceAccountRefused(result, { cause: error });
    }
  }
}
