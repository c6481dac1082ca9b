import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AccessCheck, type Bearer, type PresentedAccess } from './access-check';
import { type AccessWay, accessWaysOf } from './access-ways.decorator';
import { accessTokenOf, cookieNamed, refreshTokenOf } from './presented-tokens';
import { sessionCookieName } from './session-cookie';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined when the request brought no access token. */
    presentedAccess: PresentedAccess | undefined;
    /** The session cookie, where the request speaks by nothing else. */
    sessionToken: string | undefined;
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
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.presentedAccess = this.presentedBy(request, accessWaysOf(this.reflector, context));
    request.sessionId = this.sessionId(request);
    return true;
  }

  private presentedBy(request: FastifyRequest, ways: readonly AccessWay[]): PresentedAccess | undefined {
    const accessToken = accessTokenOf(request, ways);
    if (accessToken !== undefined) return this.access.present(accessToken);
    const cookie = ways.includes('session-cookie') ? cookieNamed(request, sessionCookieName) : undefined;
    const { context } = request;
    if (cookie === undefined || !context) return undefined;
    const presented = this.access.presentSession(cookie, { ...context, door: 'session-cookie' });
    // A cookie that is none of ours may be that of another application on this host, so it is let alone.
    request.sessionToken = presented?.sessionId === undefined ? undefined : cookie;
    return presented;
  }

  private sessionId(request: FastifyRequest): string | undefined {
    const proven = request.presentedAccess?.sessionId;
    if (proven !== undefined) return proven;
    const refresh = refreshTokenOf(request);
    return refresh && this.access.sessionIdOf(refresh.token);
  }
}
