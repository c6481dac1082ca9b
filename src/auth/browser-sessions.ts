import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { Settings } from '../config/settings';
import type { Session } from '../sessions/session';
import { SessionTokenCodec } from '../sessions/session-token';
import { AccessCheck } from './access-check';
import { AuthService, type Visit } from './auth.service';
import { refreshTokenOf, sessionTokensOf } from './presented-tokens';
import { clearedSessionCookie, pageCookieName, sessionCookie } from './session-cookie';

/**
 * The session that a browser has, by its cookies: the refresh cookie of the API, and that by which the pages know the same session, and
 * proxies that ask about their visitors.
 */
@Injectable()
export class BrowserSessions {
  constructor(
    private readonly access: AccessCheck,
    private readonly auth: AuthService,
    private readonly tokens: SessionTokenCodec,
    private readonly logger: Logger,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * The live session whose refresh cookie a login brings and takes the place of. Undefined without a cookie of ours; for a spent
   * token, or whoever has found one could end its session by a login of their own; for the session of another client than the one
   * that logs in; and where the source keeps the sessions.
   */
  async earlier(request: FastifyRequest, clientId: string | undefined): Promise<Session | undefined> {
    const presented = refreshTokenOf(request, this.settings, this.access);
    if (presented?.delivery !== 'cookie') return undefined;
    const session = await this.access.sessionOf(presented.token);
    return session?.grant === undefined || session.grant.clientId === clientId ? session : undefined;
  }

  /**
   * Ends the session that a browser had before it logged in once more: the cookie of the new one takes its place, so that nobody would
   * see the old one again until it ends by itself (OWASP ASVS 5.0, 7.2.4). Once the new session is open: without its cookie nobody
   * would hold it, so that this may fail and the login may not.
   */
  endEarlier(session: Session, visit: Visit): Promise<void> {
    return this.attempt(visit, () => this.auth.endReplaced(session, visit));
  }

  /** The same for sessions that cookies of the pages name, live or not. */
  async endEarlierOfPages(sessionIds: readonly string[], visit: Visit): Promise<void> {
    for (const accessSessionId of sessionIds) {
      await this.attempt(visit, () => this.auth.logout({ accessSessionId }, visit));
    }
  }

  /** Hands the browser the cookie of the pages, for a session that has just been opened. */
  beginPages(session: Session, reply: FastifyReply): void {
    const cookie = { name: pageCookieName, token: this.tokens.encode(session.id) } as const;
    const lifeMs = session.expiresAtMs - session.lastUsedAtMs;
    void reply.header('Set-Cookie', sessionCookie(this.settings, cookie, lifeMs));
  }

  /** Ends the sessions that cookies of the pages name and clears the cookie, where the request brought any. */
  async endPages(request: FastifyRequest, reply: FastifyReply, visit: Visit): Promise<void> {
    const sessionIds = this.ofPages(request, visit);
    if (sessionIds.length === 0) return;
    for (const accessSessionId of sessionIds) await this.auth.logout({ accessSessionId }, visit);
    void reply.header('Set-Cookie', clearedSessionCookie(this.settings, pageCookieName));
  }

  /** The sessions of ours that the cookies of the pages name, live or not. */
  ofPages(request: FastifyRequest, visit: Visit): readonly string[] {
    return sessionTokensOf(request, this.settings)
      .filter(({ name }) => name === pageCookieName)
      .map(({ token }) => this.access.presentSession(token, visit)?.sessionId)
      .filter((id) => id !== undefined);
  }

  private async attempt({ requestId }: Visit, end: () => Promise<void>): Promise<void> {
    try {
      await end();
    } catch (error) {
      const fields = { requestId, detail: describeError(error) };
      this.logger.warn(fields, 'the session of the old cookie could not be ended at a login');
    }
  }
}
