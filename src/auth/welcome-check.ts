import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import type { Session } from '../sessions/session';
import { SessionService } from '../sessions/session.service';
import { Authenticator } from '../strategies/authenticator';
import type { Identity } from '../strategies/identity';
import { whoseSession } from './audit-fields';

/** What came of a question: was it asked at all, and how many sessions ended by the answer. */
export interface WelcomeAnswer {
  readonly asked: boolean;
  readonly ended: number;
}

/** Asks the source, without any request of the person, whether they are still welcome, and ends their sessions if not. */
@Injectable()
export class WelcomeCheck {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly sessions: SessionService,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * What the source says anew of somebody is left to the next refresh, which writes the session anyway.
   * @throws StrategyUnavailable, StoreUnavailable
   */
  async check(identity: Identity): Promise<WelcomeAnswer> {
    const askedAtMs = this.sessions.nowMs();
    const { kind } = await this.authenticator.reread(identity);
    if (kind !== 'gone') return { asked: kind === 'current', ended: 0 };
    // A login that began while the source was slow to answer was let in by a later answer.
    const ended = await this.sessions.endAllOf(identity.subject, undefined, askedAtMs);
    this.record(ended);
    return { asked: true, ended: ended.length };
  }

  private record(ended: readonly Session[]): void {
    const reason = 'the credential source no longer knows the person or has barred them';
    const origin = { door: 'sweep', requestId: 'identity-sweep', address: '' };
    for (const session of ended) {
      const event = { event: 'session_end', outcome: 'success', cause: 'source', reason } as const;
      this.audit.record({ ...event, ...origin, ...whoseSession(session) });
    }
  }
}
