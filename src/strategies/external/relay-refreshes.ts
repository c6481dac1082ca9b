import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock';
import type { RelayedRefresh } from '../token-relay';

type AcceptedRefresh = Extract<RelayedRefresh, { accepted: true }>;

/** Long enough for a tab that has sent the old token already, or was loading while another one refreshed. */
const keepMs = 5000;
const mostKept = 10_000;

/**
 * The refreshes under way and those accepted within the last 5 s, each by a hash of its token, in memory only. Tabs that wake up together
 * share one call, and the late one gets the same successor: a service that rotates would refuse it. What was refused or has failed is
 * not kept.
 */
export class RelayRefreshes {
  private readonly running = new Map<string, Promise<RelayedRefresh>>();
  /** The oldest first. */
  private readonly kept = new Map<string, { readonly outcome: AcceptedRefresh; readonly atMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** The outcome for this token: one that is known or under way, else what `ask` brings. */
  share(token: string, ask: () => Promise<RelayedRefresh>): Promise<RelayedRefresh> {
    const key = keyOf(token);
    this.dropOld();
    const known = this.kept.get(key);
    if (known) return Promise.resolve(this.newestAfter(known.outcome));
    const underWay = this.running.get(key);
    if (underWay) return underWay;
    const running = this.run(key, ask).finally(() => this.running.delete(key));
    this.running.set(key, running);
    return running;
  }

  /**
   * Forgets what is known of this token, so that nobody is given the outcome any more, after any refresh under way has ended.
   * @returns the successor that was given for it, if there is one.
   */
  async takeSuccessorOf(token: string): Promise<string | undefined> {
    const key = keyOf(token);
    await this.running.get(key)?.catch(() => undefined);
    this.dropOld();
    const successor = this.kept.get(key)?.outcome.tokens.refreshToken;
    this.kept.delete(key);
    this.forgetThoseThatLedTo(token);
    return successor;
  }

  private async run(key: string, ask: () => Promise<RelayedRefresh>): Promise<RelayedRefresh> {
    const outcome = await ask();
    if (outcome.accepted) this.keep(key, outcome);
    return outcome;
  }

  private keep(key: string, outcome: AcceptedRefresh): void {
    this.kept.set(key, { outcome, atMs: this.clock.nowMs() });
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest);
  }

  /** A late tab must not put a token back into the cookie jar that another one has spent since. */
  private newestAfter(outcome: AcceptedRefresh): AcceptedRefresh {
    const chain = new Set([outcome]);
    let newest = outcome;
    for (const { tokens } of chain) {
      const next = this.kept.get(keyOf(tokens.refreshToken ?? ''))?.outcome;
      if (next?.tokens.refreshToken === undefined || chain.has(next)) break;
      newest = next;
      chain.add(next);
    }
    return newest;
  }

  /** A clock that was set back ends the wait too, else it would last until the old time comes again. */
  private dropOld(): void {
    const nowMs = this.clock.nowMs();
    for (const [key, { atMs }] of this.kept) {
      if (nowMs >= atMs && nowMs - atMs < keepMs) return;
      this.kept.delete(key);
    }
  }

  /** Once a token has been ended, a late tab with its predecessor must not be given it. */
  private forgetThoseThatLedTo(token: string): void {
    for (const [key, { outcome }] of this.kept) {
      if (outcome.tokens.refreshToken === token) this.kept.delete(key);
    }
  }
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
