import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import type { Session } from '../sessions/session';
import { type IdentityUpdate, SessionService } from '../sessions/session.service';
import { seenFrom, whoIs } from './audit-fields';
import type { Visit } from './auth.service';
import { IdentityRenewal } from './identity-renewal';

/** Leads sessions on that live by being used instead of being refreshed, as those of a cookie do. */
@Injectable()
export class SessionUse {
  constructor(
    private readonly sessions: SessionService,
    private readonly renewal: IdentityRenewal,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Notes a use of the session. The person is re-read as at a refresh.
   * @throws GatehouseError UNAUTHORIZED when the session has ended; SERVICE_UNAVAILABLE
   */
  async use(sessionId: string, visit: Visit): Promise<Session> {
    const session = await this.sessions.touch(sessionId, (known) => this.upToDate(known, visit));
    if (!session) throw ended('the session has ended');
    return session;
  }

  private async upToDate(session: Session, visit: Visit): Promise<IdentityUpdate> {
    const update = await this.renewal.upToDate(session);
    if (update) return update;
    await this.sessions.revoke(session.id);
    const reason = 'the credential source no longer knows the person or has barred them';
    const event = { event: 'session_end', outcome: 'success', reason } as const;
    this.audit.record({ ...event, ...seenFrom(visit), ...whoIs(session.identity), sessionId: session.id });
    throw ended(reason);
  }
}

function ended(detail: string): GatehouseError {
  const text = { es: 'La sesión ha terminado', en: 'The session has ended' };
  return new GatehouseError('UNAUTHORIZED', { text, detail });
}
