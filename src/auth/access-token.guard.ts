import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { isPublic } from '../common/public.decorator';
import { Settings } from '../config/settings';
import { handsOutCookie } from '../sessions/cookie-renewal';
import type { Bearer } from './access-check';
import { leavesCookieOf } from './access-ways.decorator';
import {
  clearedSessionCookie,
  pageCookieName,
  type PresentedSessionCookie,
  sessionCookie,
} from './session-cookie';

/** Closes every route that is not marked public to callers without an access token that lets them in. */
@Injectable()
export class AccessTokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return isPublic(this.reflector, context) || this.admits(context);
  }

  private async admits(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (!request.presentedAccess) throw missingToken();
    const reply = http.getResponse<FastifyReply>();
    try {
      request.bearer = await request.presentedAccess.admit();
    } catch (error) {
      if (request.sessionCookie && !leavesCookieOf(this.reflector, context))
        this.clearCookie(error, request.sessionCookie, reply);
      throw error;
    }
    if (request.sessionCookie) this.renewCookie(request.sessionCookie, request.bearer, reply);
    return true;
  }

  /**
   * The cookie lives as long as its session, which has just been led on. Clients of Django know it renewed by each use; ours is renewed
   * where it is due.
   */
  private renewCookie(cookie: PresentedSessionCookie, { session }: Bearer, reply: FastifyReply): void {
    if (!session) return;
    const nowMs = this.clock.nowMs();
    if (cookie.name === pageCookieName && !handsOutCookie(session, nowMs)) return;
    const lifeMs = session.expiresAtMs - nowMs;
    void reply.header('Set-Cookie', sessionCookie(this.settings, cookie, lifeMs));
  }

  /** An outage is no reason to forget the session. */
  private clearCookie(error: unknown, { name }: PresentedSessionCookie, reply: FastifyReply): void {
    if (!(error instanceof GatehouseError) || error.status !== 401) return;
    void reply.header('Set-Cookie', clearedSessionCookie(this.settings, name));
  }
}

/** Hands a controller whom the request speaks for. */
export const CurrentBearer = createParamDecorator((_data: unknown, host: ExecutionContext): Bearer =>
  bearerOf(host.switchToHttp().getRequest<FastifyRequest>()),
);

/** Whom a request speaks for that was let in. @throws GatehouseError UNAUTHORIZED for any other */
export function bearerOf({ bearer }: Pick<FastifyRequest, 'bearer'>): Bearer {
  if (!bearer) throw missingToken();
  return bearer;
}

/** For a closed route that was asked without a token. */
export function missingToken(): GatehouseError {
  return new GatehouseError('UNAUTHORIZED', {
    text: { es: 'Token no proporcionado', en: 'No access token was sent' },
    detail: 'no bearer token',
  });
}
