import { All, Body, Controller, Get, HttpCode, Inject, Options, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiExcludeEndpoint } from '../../common/api-description';
import { AccessCheck, type Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { AuthService, type Visit } from '../../auth/auth.service';
import { deviceCookie, deviceTokensOf } from '../../auth/device-cookie';
import { sessionTokensOf } from '../../auth/presented-tokens';
import { clearedSessionCookie, sessionCookie, sessionCookieName } from '../../auth/session-cookie';
import { ReadsBody } from '../../common/body-forms';
import { GatehouseError } from '../../common/gatehouse-error';
import { Logger } from '../../common/logger';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { routeConfig } from '../../common/route-config';
import { Context, type RequestContext } from '../../common/request-context';
import { describeError } from '../../common/system-error';
import { Settings } from '../../config/settings';
import { SessionTokenCodec } from '../../sessions/session-token';
import { refuseHiddenLogout } from './cross-site';
import {
  DescribeDjango,
  DescribeDjangoLogin,
  DescribeDjangoLogout,
  DescribeDjangoSession,
} from './django.openapi';
import { readLogin } from './login-body';
import { djangoPaths } from './paths';
import { type DjangoPerson, djangoPerson } from './person';

interface LoggedIn extends DjangoPerson {
  readonly status: 'ok';
  readonly message: string;
}

interface LiveSession extends DjangoPerson {
  readonly status: 'ok';
  readonly username: string;
  readonly email: string;
}

/** OPTIONS is a method like any other here, with the headers of CORS where there is a preflight. */
const anyOptions = { bodyForm: 'text', cors: { strictPreflight: false, preflightContinue: true } } as const;

/** The door for clients of the Django back end: a session by a cookie, and never a token. */
@DescribeDjango()
@Controller()
export class DjangoController {
  constructor(
    private readonly auth: AuthService,
    private readonly access: AccessCheck,
    private readonly sessionTokens: SessionTokenCodec,
    private readonly logger: Logger,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribeDjangoLogin()
  @Post(djangoPaths.login)
  @HttpCode(200)
  @Public()
  @RateLimit('login')
  @ReadsBody('text')
  async login(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoggedIn> {
    const visit = { ...throughDjangoDoor(context), deviceTokens: deviceTokensOf(request, this.settings) };
    const idleMs = this.settings.DJANGO_SESSION_SECONDS * 1000;
    const replaces = this.sessionIdsOf(request, visit);
    const wish = { credentials: readLogin(body), session: { idleMs, replaces } };
    const { session, deviceToken } = await this.auth.login(wish, visit);
    if (!session) throw new GatehouseError('INTERNAL_ERROR', { detail: 'a login without a session of ours' });
    await this.endReplaced(replaces, visit);
    const lifeMs = session.expiresAtMs - session.lastUsedAtMs;
    const token = this.sessionTokens.encode(session.id);
    void reply.header('Set-Cookie', sessionCookie(this.settings, { name: sessionCookieName, token }, lifeMs));
    if (deviceToken !== undefined) void reply.header('Set-Cookie', deviceCookie(this.settings, deviceToken));
    return { status: 'ok', message: 'Login exitoso', ...djangoPerson(session.identity, this.settings) };
  }

  @ApiExcludeEndpoint()
  @Options(djangoPaths.login)
  @HttpCode(200)
  @Public()
  @RateLimit('none')
  @routeConfig(anyOptions)
  options(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @DescribeDjangoLogout()
  @All(djangoPaths.logout)
  @HttpCode(200)
  @Public()
  @RateLimit('logout')
  @routeConfig(anyOptions)
  async logout(
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ readonly status: 'ok'; readonly message: string }> {
    refuseHiddenLogout(request, this.settings.ALLOWED_ORIGINS);
    const visit = throughDjangoDoor(context);
    await this.end(this.sessionIdsOf(request, visit), visit);
    void reply.header('Set-Cookie', clearedSessionCookie(this.settings, sessionCookieName));
    return { status: 'ok', message: 'Sesión cerrada' };
  }

  @DescribeDjangoSession()
  @Get(djangoPaths.session)
  @AlsoTakesAccess('session-cookie')
  session(@CurrentBearer() { identity }: Bearer): LiveSession {
    const { username, email = '' } = identity;
    return { status: 'ok', username, email, ...djangoPerson(identity, this.settings) };
  }

  /** The sessions that the cookies name, live or not; a Bearer token says nothing here. */
  private sessionIdsOf(request: FastifyRequest, visit: Visit): readonly string[] {
    const cookies = sessionTokensOf(request, this.settings).filter(({ name }) => name === sessionCookieName);
    const presented = cookies.map(({ token }) => this.access.presentSession(token, visit));
    return presented.map((access) => access?.sessionId).filter((id) => id !== undefined);
  }

  private async end(sessionIds: readonly string[], visit: Visit): Promise<void> {
    for (const accessSessionId of sessionIds) await this.auth.logout({ accessSessionId }, visit);
  }

  /** The new session is open: without its cookie nobody would hold it, so that this may fail and the login may not. */
  private async endReplaced(sessionIds: readonly string[], visit: Visit): Promise<void> {
    try {
      await this.end(sessionIds, visit);
    } catch (error) {
      const { requestId } = visit;
      this.logger.warn(
        { requestId, detail: describeError(error) },
        'the session of the old cookie could not be ended at a login',
      );
    }
  }
}

function throughDjangoDoor(context: RequestContext): Visit {
  return { ...context, door: 'django' };
}
