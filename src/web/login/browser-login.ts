import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthService, type LoginResult, type Visit } from '../../auth/auth.service';
import { BrowserSessions } from '../../auth/browser-sessions';
import { deviceCookie, deviceTokensOf } from '../../auth/device-cookie';
import { clearedRefreshCookie, refreshCookie } from '../../auth/refresh-cookie';
import { GatehouseError } from '../../common/gatehouse-error';
import type { RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import type { Credentials } from '../../strategies/credential-strategy';

/** A request of a browser and the answer to it, which carries its cookies. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly context: RequestContext;
}

/** Logs browsers in and out by the pages: one session, which the cookie of the pages and the refresh cookie both name. */
@Injectable()
export class BrowserLogin {
  constructor(
    private readonly auth: AuthService,
    private readonly browsers: BrowserSessions,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** How the story of a request begins that came through a page. */
  visitOf({ request, context }: Omit<Exchange, 'reply'>): Visit {
    return { ...context, door: 'page', deviceTokens: deviceTokensOf(request, this.settings) };
  }

  /**
   * Logs somebody in, hands the browser the cookies of the new session, and ends those that it had before.
   * @throws as `AuthService.login`
   */
  async logIn(credentials: Credentials, exchange: Exchange): Promise<LoginResult> {
    const visit = this.visitOf(exchange);
    // The refresh cookie reaches pages only where COOKIE_PREFIX gives every cookie the path `/`.
    const earlier = await this.browsers.earlier(exchange.request, undefined);
    const ofPages = this.browsers.ofPages(exchange.request, visit).filter((id) => id !== earlier?.id);
    const replaces = [...ofPages, ...(earlier ? [earlier.id] : [])];
    const result = await this.auth.login({ credentials, session: { replaces } }, visit);
    if (earlier) await this.browsers.endEarlier(earlier, visit);
    await this.browsers.endEarlierOfPages(ofPages, visit);
    this.handOver(result, exchange.reply);
    return result;
  }

  /** Ends the sessions of the browser and clears their cookies. */
  async logOut(exchange: Exchange): Promise<void> {
    const { request, reply } = exchange;
    const visit = this.visitOf(exchange);
    const refreshed = await this.browsers.earlier(request, undefined);
    if (refreshed) await this.auth.logout({ accessSessionId: refreshed.id }, visit);
    void reply.header('Set-Cookie', clearedRefreshCookie(this.settings));
    await this.browsers.endPages(request, reply, visit);
  }

  private handOver(result: LoginResult, reply: FastifyReply): void {
    const { session, refreshToken, refreshExpiresInSeconds, deviceToken } = result;
    if (!session) throw new GatehouseError('INTERNAL_ERROR', { detail: 'a login without a session of ours' });
    this.browsers.beginPages(session, reply);
    if (refreshToken !== undefined) {
      const lifeSeconds = refreshExpiresInSeconds ?? this.settings.REFRESH_TOKEN_TTL_SECONDS;
      void reply.header('Set-Cookie', refreshCookie(this.settings, refreshToken, lifeSeconds));
    }
    if (deviceToken !== undefined) void reply.header('Set-Cookie', deviceCookie(this.settings, deviceToken));
  }
}
