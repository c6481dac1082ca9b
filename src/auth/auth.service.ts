import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import type { RequestContext } from '../common/request-context';
import type { Session } from '../sessions/session';
import { RefreshTokenReused, SessionService, type SessionWithToken } from '../sessions/session.service';
import { Authenticator } from '../strategies/authenticator';
import {
  type Credentials,
  type PasswordState,
  StrategyUnavailable,
  type Verdict,
} from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { TokenService } from '../tokens/token.service';
import { IdentityRenewal } from './identity-renewal';
import { codeOfRefusal, unknownStrategy } from './refusals';

/** Which door a request came through, and what is known of it. */
export interface Visit extends RequestContext {
  /** `native` or the name of a dialect. */
  readonly door: string;
}

export interface LoginRequest {
  readonly credentials: Credentials;
  /** Asks this strategy only. */
  readonly strategy?: string;
}

/** What a client needs to go on. Doors decide how each part travels. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly refreshExpiresInSeconds: number;
  readonly session: Session;
}

export interface LoginResult extends IssuedTokens {
  readonly identity: Identity;
  readonly password?: PasswordState;
}

/** The story of a login, a refresh and a logout. Every door calls it, and none can forget a step. */
@Injectable()
export class AuthService {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly sessions: SessionService,
    private readonly renewal: IdentityRenewal,
    private readonly tokens: TokenService,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Checks a name and a password, opens a session and issues its tokens. The throttler has let the request through before.
   * @throws GatehouseError UNAUTHORIZED or what the source said of the account; SERVICE_UNAVAILABLE when it could not answer.
   */
  async login(request: LoginRequest, visit: Visit): Promise<LoginResult> {
    const verdict = await this.authenticate(request, visit);
    if (!verdict.accepted) {
      this.record(visit, request, { outcome: 'refused', reason: verdict.logReason ?? verdict.reason });
      throw new GatehouseError(codeOfRefusal[verdict.reason], { detail: verdict.reason });
    }
    const { identity, password } = verdict;
    const client = { address: visit.address, userAgent: visit.userAgent };
    const opened = await this.sessions.open(
      identity,
      client,
      this.authenticator.canReread(identity.strategy),
    );
    const issued = this.issue(opened);
    this.record(visit, request, { outcome: 'success', ...whoIs(opened.session) });
    return { ...issued, identity, password };
  }

  /**
   * Leads a session on with a new access token and the next refresh token.
   * @throws GatehouseError REFRESH_TOKEN_INVALID, _EXPIRED or _REUSED; SERVICE_UNAVAILABLE.
   */
  async refresh(refreshToken: string, visit: Visit): Promise<IssuedTokens> {
    const presented = await this.resolve(refreshToken, visit);
    const update = await this.renewal.upToDate(presented.session);
    if (!update) return this.endOfWelcome(presented.session, visit);
    const rotated = await this.sessions.rotate(presented, update);
    this.audit.record({
      event: 'refresh',
      outcome: 'success',
      ...seenFrom(visit),
      ...whoIs(rotated.session),
    });
    return this.issue(rotated);
  }

  /** Ends the sessions that a request's tokens name. Ending one that has ended already is no error. */
  async logout(tokens: { refreshToken?: string; accessSessionId?: string }, visit: Visit): Promise<void> {
    const named = [
      tokens.accessSessionId,
      tokens.refreshToken === undefined ? undefined : this.sessions.sessionIdOf(tokens.refreshToken),
    ];
    for (const sessionId of new Set(named.filter((id) => id !== undefined))) {
      const session = await this.sessions.find(sessionId);
      const ended = await this.sessions.revoke(sessionId);
      if (!session || !ended) continue;
      this.audit.record({ event: 'logout', outcome: 'success', ...seenFrom(visit), ...whoIs(session) });
    }
  }

  private async authenticate({ credentials, strategy }: LoginRequest, visit: Visit): Promise<Verdict> {
    if (strategy !== undefined && !this.authenticator.has(strategy)) throw unknownStrategy();
    try {
      return await this.authenticator.authenticate(credentials, visit, strategy);
    } catch (error) {
      if (error instanceof StrategyUnavailable) {
        this.record(visit, { credentials }, { outcome: 'unavailable', reason: error.strategy });
      }
      throw error;
    }
  }

  private async resolve(refreshToken: string, visit: Visit): ReturnType<SessionService['resolve']> {
    try {
      return await this.sessions.resolve(refreshToken);
    } catch (error) {
      if (error instanceof RefreshTokenReused) {
        this.audit.record({
          event: 'refresh_reuse',
          outcome: 'refused',
          ...seenFrom(visit),
          ...whoIs(error.session),
        });
      }
      throw error;
    }
  }

  private async endOfWelcome(session: Session, visit: Visit): Promise<never> {
    await this.sessions.revoke(session.id);
    const reason = 'the credential source no longer knows the person or has barred them';
    this.audit.record({
      event: 'refresh',
      outcome: 'refused',
      reason,
      ...seenFrom(visit),
      ...whoIs(session),
    });
    throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: reason });
  }

  private issue({ session, refreshToken, refreshExpiresInSeconds }: SessionWithToken): IssuedTokens {
    const access = this.tokens.issueAccessToken({
      identity: session.identity,
      sessionId: session.id,
      authenticatedAtSeconds: Math.floor(session.createdAtMs / 1000),
      identityIsStale: session.identityIsStale,
      sessionEndsAtSeconds: Math.floor(session.absoluteEndMs / 1000),
    });
    return {
      accessToken: access.token,
      expiresInSeconds: access.expiresInSeconds,
      refreshToken,
      refreshExpiresInSeconds,
      session,
    };
  }

  private record(
    visit: Visit,
    request: LoginRequest,
    what: Pick<AuditEvent, 'outcome' | 'reason' | 'subject'>,
  ): void {
    const username = this.authenticator.canonicalName(request.credentials.username);
    this.audit.record({ event: 'login', ...seenFrom(visit), username, ...what });
  }
}

function seenFrom({ door, requestId, address }: Visit): Pick<AuditEvent, 'door' | 'requestId' | 'address'> {
  return { door, requestId, address };
}

function whoIs({
  id,
  identity,
}: Session): Pick<AuditEvent, 'subject' | 'username' | 'strategy' | 'sessionId'> {
  return {
    subject: identity.subject,
    username: identity.username,
    strategy: identity.strategy,
    sessionId: id,
  };
}
