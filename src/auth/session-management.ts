import { Inject, Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import { adminScope, sessionsScope } from '../config/scopes';
import { Settings } from '../config/settings';
import { kindOfStrategy } from '../config/strategy-settings';
import type { Session } from '../sessions/session';
import { SessionService } from '../sessions/session.service';
import { canonicalUsername } from '../strategies/identity';
import type { Bearer } from './access-check';
import { seenFrom, whoseSession } from './audit-fields';
import type { Visit } from './auth.service';
import { demandRecentLogin } from './demand-recent-login';
import { demandScope } from './demand-scope';

type ManagementSettings = Pick<Settings, 'ADMIN_ROLE' | 'SESSIONS_REAUTH_SECONDS' | 'STRATEGIES'>;

/** 16 bytes in base64url; nothing else is looked up. */
const sessionIdForm = /^[\w-]{22}$/;

/**
 * Lets people see and end their own sessions, and administrators those of others. The token of a client needs a scope for either:
 * who asked for a profile must not log a person out elsewhere.
 */
@Injectable()
export class SessionManagement {
  constructor(
    private readonly sessions: SessionService,
    private readonly audit: AuditTrail,
    @Inject(Settings) private readonly settings: ManagementSettings,
  ) {}

  /**
   * The bearer's live sessions, the one used last first.
   * @throws GatehouseError INSUFFICIENT_SCOPE; FORBIDDEN where the source keeps the sessions
   */
  own(bearer: Bearer): Promise<readonly Session[]> {
    return this.sessions.of(managedSession(bearer).identity.subject);
  }

  /**
   * Ends one of the bearer's sessions.
   * @throws GatehouseError NOT_FOUND for any other id, whether there is such a session or not; UNAUTHORIZED for any but the current
   * one where the login is too old (SESSIONS_REAUTH_SECONDS); as `own`
   */
  async endOwn(bearer: Bearer, id: string, visit: Visit): Promise<void> {
    const current = managedSession(bearer);
    const { subject } = current.identity;
    if (id !== current.id) this.demandRecentLogin(current);
    const session = await this.found(id);
    if (session?.identity.subject !== subject) throw new GatehouseError('NOT_FOUND');
    if (await this.sessions.revoke(id)) this.record([session], visit, { cause: 'own' });
  }

  /** Ends all of the bearer's sessions, or all but this one. Gives how many have ended. @throws GatehouseError as `endOwn` */
  async endAllOwn(bearer: Bearer, keepsCurrent: boolean, visit: Visit): Promise<number> {
    const current = managedSession(bearer);
    const { id, identity } = current;
    this.demandRecentLogin(current);
    const ended = await this.sessions.endAllOf(identity.subject, keepsCurrent ? id : undefined);
    this.record(ended, visit, { cause: 'own' });
    return ended.length;
  }

  /** Whether somebody has ADMIN_ROLE. Their token may all the same be one that is not enough. */
  isAdministrator({ identity }: Bearer): boolean {
    const { ADMIN_ROLE: role } = this.settings;
    return role !== undefined && identity.roles.includes(role);
  }

  /** Lets administrators pass. @throws GatehouseError FORBIDDEN for anybody without ADMIN_ROLE; INSUFFICIENT_SCOPE */
  demandAdministrator(admin: Bearer): void {
    if (!this.isAdministrator(admin)) {
      throw new GatehouseError('FORBIDDEN', { detail: 'not an administrator (ADMIN_ROLE)' });
    }
    demandScope(admin, adminScope);
  }

  /**
   * The live sessions of a subject or a login name, for an administrator.
   * @throws GatehouseError FORBIDDEN for anybody without ADMIN_ROLE; INSUFFICIENT_SCOPE
   */
  async of(admin: Bearer, user: string): Promise<readonly Session[]> {
    this.demandAdministrator(admin);
    const found = await Promise.all(
      (await this.subjectsOf(user)).map((subject) => this.sessions.of(subject)),
    );
    return found.flat();
  }

  /** Ends them. Gives how many were live. @throws GatehouseError FORBIDDEN as `of`; UNAUTHORIZED as `endOwn` */
  async endAllOf(admin: Bearer, user: string, visit: Visit): Promise<number> {
    this.demandRecentAdministrator(admin);
    const subjects = await this.subjectsOf(user);
    const ended = (await Promise.all(subjects.map((subject) => this.sessions.endAllOf(subject)))).flat();
    const actor = admin.identity.subject;
    this.record(ended, visit, { actor, cause: 'administrator' });
    if (ended.length === 0) this.recordNone(user, visit, actor);
    return ended.length;
  }

  /**
   * Ends one session, whose ever it is.
   * @throws GatehouseError NOT_FOUND where there is no such session; FORBIDDEN as `of`; UNAUTHORIZED as `endOwn`
   */
  async endOneOf(admin: Bearer, id: string, visit: Visit): Promise<void> {
    this.demandRecentAdministrator(admin);
    const session = await this.found(id);
    if (!session) throw new GatehouseError('NOT_FOUND');
    const actor = admin.identity.subject;
    if (await this.sessions.revoke(id)) this.record([session], visit, { actor, cause: 'administrator' });
  }

  private async found(id: string): Promise<Session | undefined> {
    return sessionIdForm.test(id) ? this.sessions.find(id) : undefined;
  }

  private demandRecentLogin(session: Session): void {
    const { SESSIONS_REAUTH_SECONDS: maxAgeSeconds } = this.settings;
    demandRecentLogin(session, { maxAgeSeconds, nowMs: this.sessions.nowMs() });
  }

  private demandRecentAdministrator(admin: Bearer): void {
    this.demandAdministrator(admin);
    this.demandRecentLogin(currentSession(admin));
  }

  /** The user itself may be a subject whose name nobody remembers any more. What is none must not stand in the feed as one. */
  private async subjectsOf(user: string): Promise<readonly string[]> {
    const named = await this.sessions.subjectsOf(canonicalUsername(user));
    return [...new Set([...(this.isSubject(user) ? [user] : []), ...named])];
  }

  /** Nobody was logged in, but tokens and logins under way have ended: who asked for that must be found as well. */
  private recordNone(user: string, visit: Visit, actor: string): void {
    const whom = this.isSubject(user) ? { subject: user } : { username: canonicalUsername(user) };
    const event = { event: 'session_end', outcome: 'success', ...seenFrom(visit) } as const;
    const reason = 'there was no live session';
    this.audit.record({ ...event, ...whom, actor, cause: 'administrator', reason });
  }

  /** Every subject begins with the name of the strategy that it comes from; one of ours may be configured no more. */
  private isSubject(user: string): boolean {
    const [, strategy] = /^([^:]+):./s.exec(user) ?? [];
    if (strategy === undefined) return false;
    return kindOfStrategy(strategy) !== undefined || this.settings.STRATEGIES.includes(strategy);
  }

  private record(ended: readonly Session[], visit: Visit, more: Pick<AuditEvent, 'actor' | 'cause'>): void {
    for (const session of ended) {
      const event = { event: 'session_end', outcome: 'success', ...seenFrom(visit) } as const;
      this.audit.record({ ...event, ...whoseSession(session), ...more });
    }
  }
}

function managedSession(bearer: Bearer): Session {
  demandScope(bearer, sessionsScope);
  return currentSession(bearer);
}

/** Not in relay mode: there the source keeps the sessions. */
function currentSession({ session }: Bearer): Session {
  if (session) return session;
  throw new GatehouseError('FORBIDDEN', {
    text: { es: 'Las sesiones las lleva el servicio externo', en: 'The external service keeps the sessions' },
    detail: 'no session of ours (EXTERNAL_AUTH_MODE=relay)',
  });
}
