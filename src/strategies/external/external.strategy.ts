import { type Clock, SystemClock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import { tooManyLoginsText } from '../../common/wait-text';
import type { ExternalSettings } from '../../config/external-settings';
import { noTriesLeft, tryPassword } from '../account-at-risk';
import {
  type Closable,
  type Credentials,
  CredentialStrategy,
  type KnowsAccounts,
  type LoginContext,
  type RereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import type { Identity } from '../identity';
import type { PeerHealth, ReportsHealth } from '../source-health';
import { type AcceptedLogin, announcer, type Announce } from './accepted-login';
import { accountKey, passwordWas } from './account-key';
import { pointersOf } from './identity-places';
import type { VerifiesTokens } from './keys/token-verifier';
import { type AnswerRules, answerRules, readAnswer, type Reading } from './login-answer';
import { People } from './people';
import { type ProfileRules, readProfile } from './profile';
import { logRefusal } from './refusal-log';
import { Requests } from './requests';
import { retryAfterSeconds, usualPatienceSeconds } from './retry-after';
import { Upstream } from './upstream/upstream';
import { canBeName } from './typed-name';
import {
  type Caller,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
} from './upstream/upstream-call';

export interface ExternalStrategyOptions {
  readonly name: string;
  readonly settings: ExternalSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Sends the calls, for whoever shares the connections and closes them; without it the strategy has its own. */
  readonly caller?: Caller;
  /** Verifies the service's JWTs; without it no claim counts that must be verified. */
  readonly tokens?: VerifiesTokens;
  /** Is told of every accepted login, after its answer is on its way. What it throws is logged and changes nothing. */
  readonly onAccepted?: (login: AcceptedLogin) => void;
}

const refused = { accepted: false, reason: 'invalid_credentials' } as const satisfies Verdict;

/** Forwards a login to an existing HTTP service and believes its answer. */
export class ExternalStrategy
  extends CredentialStrategy
  implements Partial<RereadsIdentity>, KnowsAccounts, ReportsHealth, Closable
{
  readonly name: string;
  /** Only where EXTERNAL_AUTH_PROFILE_PATH says how somebody can be read without their password. */
  readonly reread?: RereadsIdentity['reread'];

  private readonly logger: Logger;
  private readonly clock: Clock;
  private readonly caller: Caller;
  /** What `close` may close: nobody else's connections. */
  private readonly ownUpstream?: Upstream;
  private readonly requests: Requests;
  private readonly rules: AnswerRules;
  private readonly people: People;
  private readonly announce: Announce;

  /** @throws Error that names the setting which cannot be used. */
  constructor(options: ExternalStrategyOptions) {
    super();
    const { name, settings, logger, clock = new SystemClock(), tokens = noKeys } = options;
    this.name = name;
    this.logger = logger;
    this.clock = clock;
    this.announce = announcer(options.onAccepted, logger);
    this.requests = new Requests(settings, clock);
    this.rules = answerRules(settings);
    this.people = new People({ strategy: name, settings, tokens, logger });
    const path = settings.EXTERNAL_AUTH_PROFILE_PATH;
    if (path !== undefined) {
      const rules = { path, answer: this.rules, pointers: pointersOf(settings) };
      this.reread = (identity) => this.readAgain(identity, rules);
    }
    if (options.caller) this.caller = options.caller;
    else this.caller = this.ownUpstream = new Upstream(settings, { logger, strategy: name });
  }

  async authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    if (!canBeName(credentials.username) || credentials.password === '') return refused;
    const username = credentials.username.trim();
    const reading = await tryPassword(
      context,
      { key: accountKey(this.name, username) },
      () => this.tryOnce({ ...credentials, username }, context),
      passwordWas,
    );
    if (!reading) return { ...refused, logReason: noTriesLeft };
    if (reading.kind === 'refused') return { accepted: false, reason: reading.reason };
    return this.accept(reading.body, username);
  }

  /** Asks the service once. Throws where its answer says nothing of the password. */
  private async tryOnce(credentials: Credentials, context: LoginContext): Promise<Judgement> {
    const answer = await this.send(() => this.requests.login(credentials, context));
    const reading = readAnswer(answer, this.rules);
    switch (reading.kind) {
      case 'accepted':
        return reading;
      case 'refused':
        this.logRefusal(answer.status, context);
        return reading;
      case 'throttled':
        throw this.throttled(reading, context);
      case 'unusable':
        throw this.unavailable(reading.fault, answer.retryAfter);
    }
  }

  accountKey(username: string): string {
    return accountKey(this.name, username);
  }

  health(): readonly PeerHealth[] {
    return this.caller.health?.() ?? [];
  }

  async close(): Promise<void> {
    await this.ownUpstream?.close();
  }

  private async accept(body: Readonly<Record<string, unknown>>, username: string): Promise<Verdict> {
    const result = await this.outageOf(() => this.people.of(body, username));
    if (!result.found) throw this.unavailable(result.fault);
    this.announce({ identity: result.identity, username });
    return { accepted: true, identity: result.identity };
  }

  private async readAgain(identity: Identity, rules: ProfileRules): Promise<Identity | undefined> {
    if (!identity.subject.startsWith(`${this.name}:`)) return undefined;
    const answer = await this.send(() => this.requests.profile(rules.path, identity));
    const reading = readProfile(answer, identity, rules);
    switch (reading.kind) {
      case 'current':
        return reading.identity;
      case 'gone':
        this.logGone(answer.status);
        return undefined;
      case 'unusable':
        throw this.unavailable(`EXTERNAL_AUTH_PROFILE_PATH: ${reading.fault}`, answer.retryAfter);
    }
  }

  private send(request: () => UpstreamCall): Promise<UpstreamAnswer> {
    return this.outageOf(() => this.caller.call(request()));
  }

  private async outageOf<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      throw new StrategyUnavailable(this.name, error.message, { retryAfterSeconds: error.retryAfterSeconds });
    }
  }

  /** The caller is told to wait, as the service tells us; the operator, whom it may take for one caller only. */
  private throttled(reading: ThrottledReading, { requestId }: LoginContext): StrategyUnavailable {
    const seconds = retryAfterSeconds(reading.retryAfter, this.clock.nowMs()) ?? usualPatienceSeconds;
    this.logger.warn({ strategy: this.name, requestId, retryAfterSeconds: seconds }, throttledHint);
    return new StrategyUnavailable(this.name, reading.fault, {
      code: 'TOO_MANY_REQUESTS',
      retryAfterSeconds: seconds,
      text: tooManyLoginsText(seconds),
    });
  }

  private unavailable(detail: string, retryAfter?: string): StrategyUnavailable {
    const seconds = retryAfterSeconds(retryAfter, this.clock.nowMs());
    return new StrategyUnavailable(this.name, detail, { retryAfterSeconds: seconds });
  }

  private logRefusal(status: number, { requestId }: LoginContext): void {
    logRefusal(this.logger, { strategy: this.name, requestId, operation: 'login', status });
  }

  private logGone(status: number): void {
    const hint = 'if everybody’s does, check EXTERNAL_AUTH_PROFILE_PATH';
    const message = `The service no longer knows somebody (${status}), whose session ends; ${hint}`;
    this.logger.warn({ strategy: this.name, status }, message);
  }
}

type Judgement = Extract<Reading, { kind: 'accepted' | 'refused' }>;
type ThrottledReading = Extract<Reading, { kind: 'throttled' }>;

const throttledHint =
  'The service has had too many requests (429); it may count all callers as one unless EXTERNAL_AUTH_ADDRESS_HEADER tells it who calls';

const noKeys: VerifiesTokens = {
  verify: () => Promise.resolve({ kind: 'unverifiable', detail: 'no keys are configured' }),
};
