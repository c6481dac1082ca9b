import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../config/settings';
import { AccessCheck, type Bearer, type PresentedAccess } from './access-check';
import { accessWaysOf, readingOf } from './access-ways.decorator';
import type { PresentedSessionCookie, SessionCookieSettings } from './session-cookie';
import { accessTokenOf, refreshTokenOf, sessionTokensOf } from './presented-tokens';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined when the request brought no access token. */
    presentedAccess: PresentedAccess | undefined;
    /** The session cookie, where the request speaks by nothing else. */
    sessionCookie: PresentedSessionCookie | undefined;
    /** The session of ours that a good token of the request names, read or not. The throttler counts by it. */
    sessionId: string | undefined;
    /** Set by the access token guard: whom a request speaks for that was let in. */
    bearer: Bearer | undefined;
  }
}

/** Finds out which session a request belongs to. Lets everything pass: the guards after it decide. */
@Injectable()
export class RequestSessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly access: AccessCheck,
    @Inject(Settings) private readonly settings: SessionCookieSettings,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.presentedAccess = this.presentedBy(request, context);
    request.sessionId = this.sessionId(request);
    return true;
  }

  private presentedBy(request: FastifyRequest, route: ExecutionContext): PresentedAccess | undefined {
    const ways = accessWaysOf(this.reflector, route);
    const accessToken = accessTokenOf(request, ways);
    if (accessToken !== undefined) return this.access.present(accessToken);
    return ways.includes('session-cookie') ? this.presentedByCookie(request, route) : undefined;
  }

  /** A cookie that is none of ours may be that of another application on this host, so it is let alone and hides none of ours. */
  private presentedByCookie(request: FastifyRequest, route: ExecutionContext): PresentedAccess | undefined {
    const { context } = request;
    if (!context) return undefined;
    const visit = { ...context, door: 'session-cookie' };
    const reading = readingOf(this.reflector, route);
    const cookies = sessionTokensOf(request, this.settings);
    const presented = cookies.map(({ token }) => this.access.presentSession(token, visit, reading));
    const ours = presented.findIndex((access) => access?.sessionId !== undefined);
    request.sessionCookie = cookies[ours];
    return presented[Math.max(0, ours)];
  }

  private sessionId(request: FastifyRequest): string | undefined {
    const proven = request.presentedAccess?.sessionId;
    if (proven !== undefined) return proven;
    const refresh = refreshTokenOf(request, this.settings, this.access);
    return refresh && this.access.sessionIdOf(refresh.token);
  }
}
