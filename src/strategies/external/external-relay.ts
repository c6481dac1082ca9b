import { createHash } from 'node:crypto';
import type { Clock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import type { ExternalSettings } from '../../config/external-settings';
import {
  type Credentials,
  type LoginContext,
  type RefusalReason,
  StrategyUnavailable,
} from '../credential-strategy';
import type { Identity } from '../identity';
import {
  type RelayedBearer,
  type RelayedLogin,
  type RelayedRefresh,
  type RelayedTokens,
  TokenRelay,
} from '../token-relay';
import type { VerifiesTokens } from './keys/token-verifier';
import { tokensOf } from './relay-tokens';
import type { Requests } from './requests';
import { retryAfterSeconds } from './retry-after';
import {
  type Caller,
  isSuccess,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
} from './upstream/upstream-call';

/** What an answer to a login or a refresh means. */
export type RelayReading =
  | { readonly kind: 'accepted'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'unusable'; readonly fault: string };

/** How the relay understands the service. */
export interface RelayReader {
  read(answer: UpstreamAnswer): RelayReading;
  /** The person whom an accepted login describes. @throws UpstreamFailure when it describes nobody, or its keys cannot be read. */
  describe(typedName: string, body: Readonly<Record<string, unknown>>): Promise<Identity>;
  /** The person whom verified claims name; undefined when they name nobody. */
  ofClaims(claims: Readonly<Record<string, unknown>>): Identity | undefined;
}

export interface ExternalRelayOptions {
  readonly name: string;
  readonly settings: ExternalSettings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Not closed here: it belongs to the strategy. */
  readonly caller: Caller;
  readonly requests: Pick<Requests, 'login' | 'refresh' | 'revoke'>;
  readonly tokens: VerifiesTokens;
  readonly reader: RelayReader;
}

type Operation = 'login' | 'refresh' | 'revoke';

const pathSettings = {
  login: 'EXTERNAL_AUTH_LOGIN_PATH',
  refresh: 'EXTERNAL_AUTH_REFRESH_PATH',
  revoke: 'EXTERNAL_AUTH_REVOKE_PATH',
} as const;

/** There is no such session any more, which is what a logout wants. */
const endedAlready: ReadonlySet<number> = new Set([401, 403, 404]);

/** Hands the tokens of an HTTP service through. It keeps the sessions; here nothing outlives a call. */
export class ExternalRelay extends TokenRelay {
  readonly name: string;
  /** The refreshes under way, by a hash of their token: two tabs that wake up together share one. */
  private readonly refreshing = new Map<string, Promise<RelayedRefresh>>();

  constructor(private readonly options: ExternalRelayOptions) {
    super();
    this.name = options.name;
  }

  async login(credentials: Credentials, context: LoginContext): Promise<RelayedLogin> {
    const username = credentials.username.trim();
    if (username === '' || credentials.password === '') {
      return { accepted: false, reason: 'invalid_credentials' };
    }
    const { requests, reader } = this.options;
    const answer = await this.answerTo(requests.login({ username, password: credentials.password }, context));
    const reading = this.read(answer);
    if (reading.kind === 'refused') {
      this.logRefusal('login', answer.status, context);
      return { accepted: false, reason: reading.reason };
    }
    const tokens = this.tokensIn(answer, reading.body);
    const identity = await this.orUnavailable(() => reader.describe(username, reading.body));
    return { accepted: true, identity, tokens };
  }

  refresh(refreshToken: string, context: LoginContext): Promise<RelayedRefresh> {
    const key = createHash('sha256').update(refreshToken).digest('base64url');
    const running = this.refreshing.get(key);
    if (running) return running;
    const refreshing = this.refreshOnce(refreshToken, context).finally(() => this.refreshing.delete(key));
    this.refreshing.set(key, refreshing);
    return refreshing;
  }

  async revoke(refreshToken: string, context: LoginContext): Promise<void> {
    const answer = await this.answerTo(this.options.requests.revoke(refreshToken, context));
    if (isSuccess(answer.status)) return;
    if (!endedAlready.has(answer.status)) {
      throw this.unavailable(`it answered with status ${answer.status}`, answer);
    }
    this.logRefusal('revoke', answer.status, context);
  }

  async identify(accessToken: string): Promise<RelayedBearer> {
    const { tokens, reader } = this.options;
    const verification = await this.orUnavailable(() => tokens.verify(accessToken));
    if (verification.kind === 'refused') {
      return { good: false, fault: verification.fault, detail: verification.detail };
    }
    if (verification.kind === 'unverifiable') {
      return { good: false, fault: 'invalid', detail: verification.detail };
    }
    const identity = reader.ofClaims(verification.claims);
    if (!identity) return { good: false, fault: 'invalid', detail: 'its claims name nobody' };
    return { good: true, identity, expiresAtSeconds: verification.expiresAtSeconds };
  }

  private async refreshOnce(presented: string, context: LoginContext): Promise<RelayedRefresh> {
    const answer = await this.answerTo(this.options.requests.refresh(presented, context));
    const reading = this.read(answer);
    if (reading.kind === 'refused') {
      this.logRefusal('refresh', answer.status, context);
      return { accepted: false };
    }
    const { refreshToken, ...tokens } = this.tokensIn(answer, reading.body);
    const isRotated = refreshToken !== undefined && refreshToken !== presented;
    return { accepted: true, tokens: isRotated ? { ...tokens, refreshToken } : tokens };
  }

  private answerTo(call: UpstreamCall): Promise<UpstreamAnswer> {
    return this.orUnavailable(() => this.options.caller.call(call));
  }

  /** @throws StrategyUnavailable for an answer that is neither a yes nor a no. */
  private read(answer: UpstreamAnswer): Exclude<RelayReading, { kind: 'unusable' }> {
    const reading = this.options.reader.read(answer);
    if (reading.kind === 'unusable') throw this.unavailable(reading.fault, answer);
    return reading;
  }

  private tokensIn({ setCookies }: UpstreamAnswer, body: Readonly<Record<string, unknown>>): RelayedTokens {
    const { settings, clock } = this.options;
    const result = tokensOf({ body, setCookies }, settings, clock.nowMs());
    if (!result.found) throw this.unavailable(result.fault);
    return result.tokens;
  }

  private async orUnavailable<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      throw new StrategyUnavailable(this.name, error.message, { retryAfterSeconds: error.retryAfterSeconds });
    }
  }

  /** A service that asks for patience is passed on as such (RFC 6585 section 4). */
  private unavailable(detail: string, answer?: UpstreamAnswer): StrategyUnavailable {
    return new StrategyUnavailable(this.name, detail, {
      code: answer?.status === 429 ? 'TOO_MANY_REQUESTS' : 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: retryAfterSeconds(answer?.retryAfter, this.options.clock.nowMs()),
    });
  }

  /** Only 401 and 423 speak of the person for sure; an operator must be able to see when everybody gets another one. */
  private logRefusal(operation: Operation, status: number, { requestId }: LoginContext): void {
    const { logger } = this.options;
    const fields = { strategy: this.name, requestId, operation, status };
    if (status === 401 || status === 423 || isSuccess(status)) {
      logger.debug(fields, `The service refused the ${operation}`);
      return;
    }
    const meaning = operation === 'revoke' ? 'an ended session' : `a refused ${operation}`;
    logger.warn(
      fields,
      `The service answered ${status}, which counts as ${meaning}; if everybody gets it, check EXTERNAL_AUTH_URL and ${pathSettings[operation]}`,
    );
  }
}
