import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import type { Session, SessionClient } from '../sessions/session';
import {
  type LoginTerms,
  type OpenedSession,
  RefreshTokenReused,
  SessionService,
  type TokenDemand,
} from '../sessions/session.service';
import type { Identity } from '../strategies/identity';
import type { PasswordState } from '../strategies/credential-strategy';
import { seenFrom, whoseSession } from './audit-fields';
import {
  AuthService,
  type IssuedTokens,
  type LoginRequest,
  type LoginResult,
  type PresentedSession,
  type RefreshingClient,
  type Visit,
} from './auth.service';
import { IdentityRenewal } from './identity-renewal';
import { LoginCheck } from './login-check';
import { TokenGrants } from './token-grants';

/** What a login opens. */
interface NewSession {
  readonly identity: Identity;
  readonly client: SessionClient;
  readonly terms: LoginTerms;
}

/** The story over our own sessions: we open one at the login, sign its access tokens and rotate its refresh token. */
@Injectable()
export class OwnTokenAuthService extends AuthService {
  constructor(
    private readonly logins: LoginCheck,
    private readonly sessions: SessionService,
    private readonly renewal: IdentityRenewal,
    private readonly grants: TokenGrants,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  override async login(request: LoginRequest, visit: Visit): Promise<LoginResult> {
    const startedAtMs = this.sessions.nowMs();
    const { identity, password, canReread, deviceToken, settle } = await this.logins.accept(request, visit);
    const client = { address: visit.address, userAgent: visit.userAgent };
    const { grant, session: wish } = request;
    const terms = {
      canReread,
      ...expiryOf(password, startedAtMs),
      startedAtMs,
      ...(grant && { grant }),
      ...wish,
    };
    const { opened, issued } = await this.logins.orRecorded({ request, visit, whom: identity }, async () => {
      const session = await this.opened({ identity, client, terms }, settle, visit);
      return { opened: session, issued: this.grants.issue(session) };
    });
    this.recordDisplaced(opened.displaced, visit);
    this.logins.record(visit, request, { outcome: 'success', ...whoseSession(opened.session) });
    return { ...issued, identity, password, deviceToken };
  }

  /**
   * Opens the session and writes down that the password was right, both at once, so that the store makes one commit of them. A session
   * whose password could not be counted is taken back: nobody has a token of it.
   */
  private async opened(
    { identity, client, terms }: NewSession,
    settle: () => Promise<void>,
    visit: Visit,
  ): Promise<OpenedSession> {
    const open = async (): Promise<OpenedSession> => {
      this.grants.demandSigningKey();
      return this.sessions.open(identity, client, terms);
    };
    const [opened, settled] = await Promise.allSettled([open(), settle()]);
    if (opened.status === 'rejected') throw opened.reason;
    if (settled.status === 'fulfilled') return opened.value;
    this.recordDisplaced(opened.value.displaced, visit);
    await Promise.allSettled([this.sessions.revoke(opened.value.session.id)]);
    throw settled.reason;
  }

  override async refresh(
    refreshToken: string,
    visit: Visit,
    client?: RefreshingClient,
  ): Promise<IssuedTokens> {
    const demand = this.demandOf(visit, client);
    const presented = await this.resolve(refreshToken, visit, demand);
    this.grants.demandScope(presented.session, client?.scope);
    const update = await this.renewal.upToDate(presented.session);
    if (!update) return this.endOfWelcome(presented.session, visit);
    const rotated = await this.sessions.rotate(presented, update, demand);
    this.audit.record({
      event: 'refresh',
      outcome: 'success',
      ...(presented.rotation.kind === 'ahead' && {
        reason: 'the store has lost the refresh before this one',
      }),
      ...seenFrom(visit),
      ...whoseSession(rotated.session),
    });
    return this.grants.issue(rotated, client?.scope);
  }

  override async endReplaced(session: Session, visit: Visit): Promise<void> {
    if (!(await this.sessions.revoke(session.id))) return;
    const event = {
      event: 'session_end',
      outcome: 'success',
      cause: 'replaced',
      ...seenFrom(visit),
    } as const;
    this.audit.record({ ...event, ...whoseSession(session), reason: 'a login took the place of its cookie' });
  }

  override async logout(tokens: PresentedSession, visit: Visit): Promise<void> {
    const named = [
      tokens.accessSessionId,
      tokens.refreshToken === undefined ? undefined : this.sessions.sessionIdOf(tokens.refreshToken),
    ];
    for (const sessionId of new Set(named.filter((id) => id !== undefined))) {
      const session = await this.sessions.find(sessionId);
      if (session && sessionId !== tokens.accessSessionId && !this.grants.isOwner(session, undefined)) {
        this.refuse('logout', session, visit, strangerReason());
        continue;
      }
      const ended = await this.sessions.revoke(sessionId);
      if (!session || !ended) continue;
      this.audit.record({
        event: 'logout',
        outcome: 'success',
        ...seenFrom(visit),
        ...whoseSession(session),
      });
    }
  }

  /**
   * Whose it is comes first: a stranger who holds a spent token must not end the session by it. Nor does a request whose client has
   * left: a gateway that hung finds it waiting, long after its client has sent it to another one and gone on from there. One step
   * further on, the token means a lost answer (`branch`), and a new branch would end what the client has received meanwhile.
   */
  private demandOf(visit: Visit, client: RefreshingClient | undefined): TokenDemand {
    return (session, means) => {
      if (!this.grants.isOwner(session, client)) {
        this.refuse('refresh', session, visit, strangerReason(client));
        throw new GatehouseError('REFRESH_TOKEN_INVALID', {
          detail: 'the session belongs to another client',
        });
      }
      if ((means !== 'reuse' && means !== 'branch') || !visit.hasLeft?.()) return;
      const reason = 'the session has moved on, and the client of this request has left';
      this.refuse('refresh', session, visit, reason);
      throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: reason });
    };
  }

  private async resolve(
    refreshToken: string,
    visit: Visit,
    demand: TokenDemand,
  ): ReturnType<SessionService['resolve']> {
    try {
      return await this.sessions.resolve(refreshToken, demand);
    } catch (error) {
      if (error instanceof RefreshTokenReused) {
        this.audit.record({
          event: 'refresh_reuse',
          outcome: 'refused',
          ...seenFrom(visit),
          ...whoseSession(error.session),
        });
      }
      throw error;
    }
  }

  private refuse(event: 'refresh' | 'logout', session: Session, visit: Visit, reason: string): void {
    this.audit.record({ event, outcome: 'refused', reason, ...seenFrom(visit), ...whoseSession(session) });
  }

  private async endOfWelcome(session: Session, visit: Visit): Promise<never> {
    const hasEnded = await this.sessions.revoke(session.id);
    const reason = 'the credential source no longer knows the person or has barred them';
    const about = { reason, ...seenFrom(visit), ...whoseSession(session) };
    this.audit.record({ event: 'refresh', outcome: 'refused', ...about });
    if (hasEnded) this.audit.record({ event: 'session_end', outcome: 'success', cause: 'source', ...about });
    throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: reason });
  }

  private recordDisplaced(displaced: readonly Session[], visit: Visit): void {
    for (const session of displaced) {
      const event = { event: 'session_end', outcome: 'success', cause: 'limit', ...seenFrom(visit) } as const;
      this.audit.record({ ...event, ...whoseSession(session), reason: 'too many sessions of one person' });
    }
  }
}

function strangerReason(client?: RefreshingClient): string {
  return client ? `presented by another client: ${client.clientId}` : 'presented without the client';
}

function expiryOf(
  password: PasswordState | undefined,
  nowMs: number,
): Pick<LoginTerms, 'passwordExpiresAtMs'> {
  const seconds = password?.secondsUntilExpiration;
  return seconds === undefined ? {} : { passwordExpiresAtMs: nowMs + seconds * 1000 };
}
