import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../common/gatehouse-error';
import { SessionService } from '../sessions/session.service';
import type { Session } from '../sessions/session';
import type { AccessTokenClaims } from '../tokens/access-token-claims';
import { TokenService } from '../tokens/token.service';
import { bearerTokenOf, refreshTokenOf } from './presented-tokens';

/** What a request's access token turned out to be. */
export type PresentedAccess = { readonly claims: AccessTokenClaims } | { readonly error: GatehouseError };

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined when the request brought no access token. */
    presentedAccess: PresentedAccess | undefined;
    /** The session that a good token of the request names, read or not. The throttler counts by it. */
    sessionId: string | undefined;
    /** Set by the access token guard: the live session of a request that was let in. */
    session: Session | undefined;
  }
}

/** Finds out which session a request belongs to. Lets everything pass: the guards after it decide. */
@Injectable()
export class RequestSessionGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenService,
    private readonly sessions: SessionService,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.presentedAccess = this.presentedAccess(request);
    request.sessionId = this.sessionId(request);
    return true;
  }

  private presentedAccess(request: FastifyRequest): PresentedAccess | undefined {
    const token = bearerTokenOf(request);
    if (token === undefined) return undefined;
    try {
      return { claims: this.tokens.verifyAccessToken(token) };
    } catch (error) {
      if (error instanceof GatehouseError) return { error };
      throw error;
    }
  }

  private sessionId(request: FastifyRequest): string | undefined {
    const access = request.presentedAccess;
    if (access && 'claims' in access) return access.claims.sid;
    const refresh = refreshTokenOf(request);
    return refresh && this.sessions.sessionIdOf(refresh.token);
  }
}
