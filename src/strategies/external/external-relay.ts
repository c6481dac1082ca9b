import type { Clock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import { tooManyLoginsText, tooManyRequestsText } from '../../common/wait-text';
import type { ExternalSettings } from '../../config/external-settings';
import { noTriesLeft, tryPassword } from '../account-at-risk';
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
import { accountKey, passwordWas } from './account-key';
import { type AcceptedLogin, announcer, type Announce } from './accepted-login';
import { whyNoAccessToken } from './keys/access-token-kind';
import type { VerifiesTokens } from './keys/token-verifier';
import { logRefusal, type Operation } from './refusal-log';
import { soonOrFailure } from './relay-patience';
import { RelayRefreshes } from './relay-refreshes';
import { tokensOf } from './relay-tokens';
import type { Requests } from './requests';
import { retryAfterSeconds, usualPatienceSeconds } from './retry-after';
import { canBeName } from './typed-name';
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
  | { readonly kind: 'unusable' | 'throttled'; readonly fault: string };

type Judgement = Exclude<RelayReading, { fault: string }>;

/** The person, or in plain words why nobody is named. The words repeat nothing of the answer. */
export type RelayedPerson =
  { readonly found: true; readonly identity: Identity } | { readonly found: false; readonly fault: string };

/** How the relay understands the service. */
export interface RelayReader {
  read(operation: 'login' | 'refresh', answer: UpstreamAnswer): RelayReading;
  /** Why a 2xx answer to a logout confirms nothing; undefined when it does. */
  revocationFault(answer: UpstreamAnswer): string | undefined;
  /** The person whom an accepted login describes; undefined when its JWT cannot be verified here and now. */
  of(body: Readonly<Record<string, unknown>>, typedName: string): Promise<RelayedPerson | undefined>;
  /** The person whom verified claims name by themselves. */
  ofClaims(claims: Readonly<Record<string, unknown>>): RelayedPerson;
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
  /** Is told of every accepted login, after its answer is on its way. What it throws is logged and changes nothing. */
  readonly onAccepted?: ((login: AcceptedLogin) => void) | undefined;
}

/** There is no such session any more, which is what a logout wants. */
const endedAlready: ReadonlySet<number> = new Set([401, 403, 404]);

/** Hands the tokens of an HTTP service through. It keeps the sessions; here nothing outlives a refresh by more than 5 s. */
export class ExternalRelay extends TokenRelay {
  readonly name: string;
  private readonly announce: Announce;
  private readonly refreshes: RelayRefreshes;

  constructor(private readonly options: ExternalRelayOptions) {
    super();
    this.name = options.name;
    this.announce = announcer(options.onAccepted, options.logger);
    this.refreshes = new RelayRefreshes(options.clock);
  }

  async login(credentials: Credentials, context: LoginContext): Promise<RelayedLogin> {
    const { username: typed, password } = credentials;
    if (!canBeName(typed) || password === '') return { accepted: false, reason: 'invalid_credentials' };
    const username = typed.trim();
    const tried = await tryPassword(
      context,
      { key: accountKey(this.name, username) },
      () => this.tryOnce({ username, password }, context),
      ({ reading }) => passwordWas(reading),
    );
    if (!tried) return { accepted: false, reason: 'invalid_credentials', logReason: noTriesLeft };
    const { answer, reading } = tried;
    if (reading.kind === 'refused') {
      this.logRefusal('login', answer.status, context);
      return { accepted: false, reason: reading.reason };
    }
    const tokens = this.tokensIn(answer, reading.body);
    const person = await this.options.reader.of(reading.body, username);
    if (!person) return { accepted: true, tokens };
    if (!person.found) throw this.unavailable(person.fault);
    this.announce({ identity: person.identity, username });
    return { accepted: true, identity: person.identity, tokens };
  }

  /** Asks the service once. Throws where its answer says nothing of the password. */
  private async tryOnce(
    credentials: Credentials,
    context: LoginContext,
  ): Promise<{ readonly answer: UpstreamAnswer; readonly reading: Judgement }> {
    const answer = await this.answerTo(this.options.requests.login(credentials, context));
    return { answer, reading: this.read('login', answer) };
  }

  refresh(refreshToken: string, context: LoginContext): Promise<RelayedRefresh> {
    return this.refreshes.share(refreshToken, () => this.refreshOnce(refreshToken, context));
  }

  /** A tab may refresh while another one logs out: the successor is ended too, or its cookie would outlive the logout. */
  async revoke(refreshToken: string, context: LoginContext): Promise<void> {
    const tokens = new Set([refreshToken]);
    const failures: unknown[] = [];
    // What is added on the way is visited too.
    for (const token of tokens) {
      await this.addSuccessor(tokens, token);
      await this.revokeOne(token, context).catch((error: unknown) => failures.push(error));
      await this.addSuccessor(tokens, token);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Other tokens that the service signs open nothing, unless EXTERNAL_AUTH_TOKEN_TYPES allows it (RFC 8725 section 3.12). */
  async identify(accessToken: string): Promise<RelayedBearer> {
    const { tokens, reader, settings } = this.options;
    const verification = await this.orUnavailable(() => tokens.verify(accessToken));
    if (verification.kind === 'refused') {
      return { good: false, fault: verification.fault, detail: verification.detail };
    }
    if (verification.kind === 'unverifiable') {
      return { good: false, fault: 'invalid', detail: verification.detail };
    }
    const otherKind = settings.EXTERNAL_AUTH_TOKEN_TYPES === 'access' && whyNoAccessToken(verification);
    if (otherKind) return { good: false, fault: 'invalid', detail: otherKind };
    const person = reader.ofClaims(verification.claims);
    if (!person.found) return { good: false, fault: 'invalid', detail: person.fault };
    return { good: true, identity: person.identity, expiresAtSeconds: verification.expiresAtSeconds };
  }

  private async addSuccessor(tokens: Set<string>, token: string): Promise<void> {
    const successor = await this.refreshes.takeSuccessorOf(token);
    if (successor !== undefined) tokens.add(successor);
  }

  private async revokeOne(refreshToken: string, context: LoginContext): Promise<void> {
    const answer = await this.answerTo(this.options.requests.revoke(refreshToken, context));
    if (isSuccess(answer.status)) {
      const fault = this.options.reader.revocationFault(answer);
      if (fault !== undefined) throw this.noAnswer('revoke', answer, fault);
      return;
    }
    if (!endedAlready.has(answer.status)) {
      throw this.noAnswer('revoke', answer, `it answered with status ${answer.status}`);
    }
    this.logRefusal('revoke', answer.status, context);
  }

  private async refreshOnce(presented: string, context: LoginContext): Promise<RelayedRefresh> {
    const answer = await this.answerTo(this.options.requests.refresh(presented, context));
    const reading = this.read('refresh', answer);
    if (reading.kind === 'refused') {
      this.logRefusal('refresh', answer.status, context);
      return { accepted: false };
    }
    const { refreshToken, ...tokens } = this.tokensIn(answer, reading.body);
    const isRotated = refreshToken !== undefined && refreshToken !== presented;
    const identity = await this.bearerOf(tokens.accessToken);
    return {
      accepted: true,
      tokens: isRotated ? { ...tokens, refreshToken } : tokens,
      ...(identity && { identity }),
    };
  }

  /** Only for the audit trail. Whatever goes wrong must not lose tokens: the old refresh token may be spent already. */
  private async bearerOf(accessToken: string): Promise<Identity | undefined> {
    const { tokens, reader, logger } = this.options;
    try {
      const verification = await soonOrFailure(tokens.verify(accessToken, { fromService: true }));
      if (verification.kind !== 'verified') return undefined;
      const person = reader.ofClaims(verification.claims);
      return person.found ? person.identity : undefined;
    } catch (error) {
      logger.debug({ strategy: this.name, why: describeError(error) }, 'A refreshed token names nobody yet');
      return undefined;
    }
  }

  private answerTo(call: UpstreamCall): Promise<UpstreamAnswer> {
    return this.orUnavailable(() => this.options.caller.call(call));
  }

  /** @throws StrategyUnavailable for an answer that is neither a yes nor a no. */
  private read(operation: 'login' | 'refresh', answer: UpstreamAnswer): Judgement {
    const reading = this.options.reader.read(operation, answer);
    if ('fault' in reading) throw this.noAnswer(operation, answer, reading.fault);
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
      throw this.unavailable(error.message, error.retryAfterSeconds);
    }
  }

  /** A service that asks for patience (429, RFC 6585 section 4) is passed on as such, with its wait. */
  private noAnswer(operation: Operation, answer: UpstreamAnswer, fault: string): StrategyUnavailable {
    const seconds = retryAfterSeconds(answer.retryAfter, this.options.clock.nowMs());
    if (answer.status !== 429) return this.unavailable(fault, seconds);
    const textOf = operation === 'login' ? tooManyLoginsText : tooManyRequestsText;
    const waitSeconds = seconds ?? usualPatienceSeconds;
    return new StrategyUnavailable(this.name, fault, {
      code: 'TOO_MANY_REQUESTS',
      retryAfterSeconds: waitSeconds,
      text: textOf(waitSeconds),
    });
  }

  private unavailable(fault: string, retryAfter?: number): StrategyUnavailable {
    return new StrategyUnavailable(this.name, fault, { retryAfterSeconds: retryAfter });
  }

  private logRefusal(operation: Operation, status: number, { requestId }: LoginContext): void {
    logRefusal(this.options.logger, { strategy: this.name, requestId, operation, status });
  }
}
