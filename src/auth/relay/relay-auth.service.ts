import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditTrail } from '../../common/audit-trail';
import { Clock } from '../../common/clock';
import { GatehouseError } from '../../common/gatehouse-error';
import { Logger } from '../../common/logger';
import type { RateLimitExcess } from '../../common/rate-limit.decorator';
import { describeError } from '../../common/system-error';
import { canonicalUsername } from '../../strategies/identity';
import { type RelayedLogin, type RelayedTokens, TokenRelay } from '../../strategies/token-relay';
import { endWithoutAnswer, seenFrom, whoIs } from '../audit-fields';
import {
  AuthService,
  type IssuedTokens,
  type LoginRequest,
  type LoginResult,
  type PresentedSession,
  type Visit,
} from '../auth.service';
import type { PasswordAnswer } from '../account-check';
import { PasswordCheck } from '../password-check';
import { refreshCookieValue } from '../refresh-cookie';
import { codeOfRefusal, unknownStrategy } from '../refusals';

/** The story where the source issues the tokens and keeps the sessions: we hand both ways through and keep nothing. */
@Injectable()
export class RelayAuthService extends AuthService {
  constructor(
    private readonly relay: TokenRelay,
    private readonly passwords: PasswordCheck,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  override async login(request: LoginRequest, visit: Visit): Promise<LoginResult> {
    if (request.strategy !== undefined && request.strategy !== this.relay.name) throw unknownStrategy();
    // The source's tokens are its own; no client of ours can have them.
    if (request.grant) throw new GatehouseError('INVALID_CLIENT', { detail: 'relay mode has no clients' });
    const username = canonicalUsername(request.credentials.username);
    const seen = { event: 'login', ...seenFrom(visit), username, strategy: this.relay.name } as const;
    const { answer, deviceToken } = await this.orRecorded(seen, () => this.askLogin(request, visit));
    if (!answer.accepted) {
      this.audit.record({ ...seen, outcome: 'refused', reason: answer.logReason ?? answer.reason });
      throw new GatehouseError(codeOfRefusal[answer.reason], { detail: answer.reason });
    }
    const { identity } = answer;
    // Nobody is named whom the token does not prove: a guess would give one person two subjects.
    const whom = identity && whoIs(identity);
    this.audit.record({ ...seen, outcome: 'success', ...whom });
    return { ...this.handThrough(answer.tokens, visit), identity, deviceToken };
  }

  override async refresh(refreshToken: string, visit: Visit): Promise<IssuedTokens> {
    if (!canTravel(refreshToken)) throw refusedRefresh('the source cannot have issued such a token');
    const seen = { event: 'refresh', ...seenFrom(visit), strategy: this.relay.name } as const;
    const answer = await this.orRecorded(seen, () => this.relay.refresh(refreshToken, visit));
    if (!answer.accepted) {
      const reason = 'the source refused the refresh token';
      this.audit.record({ ...seen, outcome: 'refused', reason });
      throw refusedRefresh(reason);
    }
    this.audit.record({ ...seen, outcome: 'success', ...(answer.identity && whoIs(answer.identity)) });
    return this.handThrough(answer.tokens, visit);
  }

  /**
   * Never fails: the cookie must go, also where the source does not answer, or is not asked because too many logouts come from one
   * address. Then its session lives on until it ends by itself.
   */
  override async logout({ refreshToken, excess }: PresentedSession, visit: Visit): Promise<void> {
    if (refreshToken === undefined || !canTravel(refreshToken)) return;
    if (excess !== undefined) return this.leaveOut(excess, visit);
    const seen = { event: 'logout', ...seenFrom(visit), strategy: this.relay.name } as const;
    try {
      await this.relay.revoke(refreshToken, visit);
      this.audit.record({ ...seen, outcome: 'success' });
    } catch (error) {
      this.audit.record({ ...seen, outcome: 'unavailable' });
      const fields = { requestId: visit.requestId, detail: describeError(error) };
      this.logger.warn(fields, 'The source did not confirm a logout; its session may live on');
    }
  }

  /** One line for each window, for whoever floods us must not flood the log. */
  private leaveOut(excess: RateLimitExcess, { requestId, address }: Visit): void {
    if (excess === 'further') return;
    const fields = { requestId, strategy: this.relay.name, address };
    this.logger.warn(fields, 'Too many logouts from one address (RATE_LIMIT_MAX); the source is not told');
  }

  /** An empty password or a blank name is no login anywhere, and the source knows no DNs, so nobody is asked. */
  private async askLogin({ credentials }: LoginRequest, visit: Visit): Promise<PasswordAnswer<RelayedLogin>> {
    const { username, password, namedBy } = credentials;
    if (password === '' || canonicalUsername(username) === '' || namedBy === 'dn') {
      return { answer: { accepted: false, reason: 'invalid_credentials' } };
    }
    return this.passwords.run(
      { act: 'login', credentials, sources: [this.relay.name], visit },
      (context) => this.relay.login(credentials, context),
      ({ accepted }) => (accepted ? 'accepted' : 'refused'),
    );
  }

  private async orRecorded<T>(seen: Omit<AuditEvent, 'outcome'>, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.audit.record({ ...seen, ...endWithoutAnswer(error) });
      throw error;
    }
  }

  private handThrough(tokens: RelayedTokens, { requestId }: Visit): IssuedTokens {
    const { accessToken, accessExpiresAtSeconds: endsAtSeconds, refreshToken } = tokens;
    const expiresInSeconds =
      endsAtSeconds === undefined
        ? undefined
        : Math.max(0, Math.floor(endsAtSeconds) - this.clock.nowSeconds());
    if (refreshToken === undefined || canTravel(refreshToken)) {
      return { accessToken, expiresInSeconds, refreshToken };
    }
    // The access token is good all the same; the person must log in again when it ends.
    const fault = `The source gave a refresh token that is not handed through: empty, longer than ${longestCookieValue} characters as a cookie, or no Unicode text`;
    this.logger.warn({ requestId, strategy: this.relay.name }, fault);
    return { accessToken, expiresInSeconds };
  }
}

/** Characters. A browser keeps 4096 bytes of a cookie with its name and attributes (RFC 6265 section 6.1). */
const longestCookieValue = 3900;

/** Whether a refresh token can go to a client and come back the same. Half a surrogate pair has no form in UTF-8. */
function canTravel(refreshToken: string): boolean {
  if (refreshToken === '' || /\p{Surrogate}/u.test(refreshToken)) return false;
  return refreshCookieValue(refreshToken).length <= longestCookieValue;
}

function refusedRefresh(detail: string): GatehouseError {
  return new GatehouseError('REFRESH_TOKEN_INVALID', { detail });
}
