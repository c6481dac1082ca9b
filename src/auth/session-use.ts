import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import type { Session } from '../sessions/session';
import { type IdentityUpdate, SessionService } from '../sessions/session.service';
import { seenFrom, whoseSession } from './audit-fields';
import type { Visit } from './auth.service';
import { type IdentityReading, IdentityRenewal } from './identity-renewal';

/** Leads sessions on that live by being used instead of being refreshed, as those of a cookie do. */
@Injectable()
export class SessionUse {
  /** A page sends many requests at once with one cookie; one question to the source does for all. */
  private readonly rereading = new Map<string, Promise<IdentityUpdate>>();

  constructor(
    private readonly sessions: SessionService,
    private readonly renewal: IdentityRenewal,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Notes a use of the session. The person is re-read as at a refresh, or more rarely.
   * @throws GatehouseError UNAUTHORIZED when the session has ended; SERVICE_UNAVAILABLE
   */
  async use(sessionId: string, visit: Visit, reading: IdentityReading = 'usual'): Promise<Session> {
    const key = `${reading} ${sessionId}`;
    let begun: Promise<IdentityUpdate> | undefined;
    try {
      const session = await this.sessions.touch(
        sessionId,
        (known) => {
          const running = this.rereading.get(key);
          if (running) return running;
          begun = this.upToDate(known, visit, reading);
          this.rereading.set(key, begun);
          return begun;
        },
        (known) => this.renewal.isDue(known, reading),
      );
      if (!session) throw ended('the session has ended');
      return session;
    } finally {
      // Not before the store tells those who come later what was read.
      if (begun) this.rereading.delete(key);
    }
  }

  private async upToDate(session: Session, visit: Visit, reading: IdentityReading): Promise<IdentityUpdate> {
    const update = await this.renewal.upToDate(session, reading);
    if (update) return update;
    const reason = 'the credential source no longer knows the person or has barred them';
    if (await this.sessions.revoke(session.id)) {
      const event = { event: 'session_end', outcome: 'success', cause: 'source', reason } as const;
      this.audit.record({ ...event, ...seenFrom(visit), ...whoseSession(session) });
    }
    throw ended(reason);
  }
}

function ended(detail: string): GatehouseError {
  const text = { es: 'La sesión ha terminado', en: 'The session has ended' };
  return new GatehouseError('UNAUTHORIZED', { text, detail });
}
