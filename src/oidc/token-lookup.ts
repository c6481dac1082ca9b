import { Injectable } from '@nestjs/common';
import { GatehouseError } from '../common/gatehouse-error';
import type { Session } from '../sessions/session';
import { type PeekedRefresh, SessionService } from '../sessions/session.service';
import type { AccessTokenClaims } from '../tokens/access-token-claims';
import { TokenService, UnknownSigningKey } from '../tokens/token.service';

/** An access token that is good at this moment, with its live session. */
export interface LiveAccessToken {
  readonly claims: AccessTokenClaims;
  readonly session: Session;
}

/** Finds out what a token stands for that somebody asks about. Any text may come; none is consumed. */
@Injectable()
export class TokenLookup {
  constructor(
    private readonly tokens: TokenService,
    private readonly sessions: SessionService,
  ) {}

  /** Undefined for all but a good access token of a session that goes on. @throws StoreUnavailable */
  async accessToken(token: string): Promise<LiveAccessToken | undefined> {
    const claims = await this.claimsOf(token);
    const session = claims && (await this.sessions.find(claims.sid));
    return session && { claims, session };
  }

  /** The live session that an access token of ours names, expired or not. @throws StoreUnavailable */
  async sessionOfAccessToken(token: string): Promise<Session | undefined> {
    const claims = await this.tokens.readAccessToken(token);
    return claims && this.sessions.find(claims.sid);
  }

  /** Undefined for all but a refresh token that could be used now. @throws StoreUnavailable */
  refreshToken(token: string): Promise<PeekedRefresh | undefined> {
    return this.sessions.peek(token);
  }

  /** The live session that a refresh token of ours names, spent or not. @throws StoreUnavailable */
  async sessionOfRefreshToken(token: string): Promise<Session | undefined> {
    const id = this.sessions.sessionIdOf(token);
    return id === undefined ? undefined : this.sessions.find(id);
  }

  private async claimsOf(token: string): Promise<AccessTokenClaims | undefined> {
    try {
      return this.tokens.verifyAccessToken(token);
    } catch (error) {
      if (!(error instanceof UnknownSigningKey)) return unlessUnavailable(error);
      return this.tokens.verifyOnceMore(token, error).catch(unlessUnavailable);
    }
  }
}

/** A bad token is an answer; that we cannot tell is none. */
function unlessUnavailable(error: unknown): undefined {
  if (error instanceof GatehouseError && error.status === 401) return undefined;
  throw error;
}
