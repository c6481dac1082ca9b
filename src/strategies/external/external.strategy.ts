import { type Clock, SystemClock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import type { ExternalSettings } from '../../config/external-settings';
import {
  type Closable,
  type Credentials,
  CredentialStrategy,
  type LoginContext,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import { readAnswer } from './login-answer';
import { Upstream } from './upstream/upstream';
import { type Caller, isSuccess, type UpstreamAnswer, UpstreamFailure } from './upstream/upstream-call';
import type { VerifiesTokens } from './keys/token-verifier';
import { Requests } from './requests';
import { retryAfterSeconds } from './retry-after';
import { identityOf, type IdentityPointers } from './upstream-identity';

export interface ExternalStrategyOptions {
  readonly name: string;
  readonly settings: ExternalSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Sends the calls, for whoever shares the connections and closes them; without it the strategy has its own. */
  readonly caller?: Caller;
  /** Verifies the service's JWTs; tests answer themselves. */
  readonly tokens?: VerifiesTokens;
}

/** Forwards a login to an existing HTTP service and believes its answer. */
export class ExternalStrategy extends CredentialStrategy implements Closable {
  readonly name: string;
  private readonly logger: Logger;
  private readonly clock: Clock;
  private readonly caller: Caller;
  /** What `close` may close: nobody else's connections. */
  private readonly ownUpstream?: Upstream;
  private readonly requests: Requests;
  private readonly pointers: IdentityPointers;

  /** @throws Error that names the setting which cannot be used. */
  constructor({ name, settings, logger, clock = new SystemClock(), caller }: ExternalStrategyOptions) {
    super();
    this.name = name;
    this.logger = logger;
    this.clock = clock;
    this.pointers = pointersOf(settings);
    this.requests = new Requests(settings, clock);
    if (caller) this.caller = caller;
    else this.caller = this.ownUpstream = new Upstream(settings);
  }

  async authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    const username = credentials.username.trim();
    if (username === '' || credentials.password === '') {
      return { accepted: false, reason: 'invalid_credentials' };
    }
    const answer = await this.answerTo({ username, password: credentials.password }, context);
    return this.verdictOn(answer, username, context);
  }

  async close(): Promise<void> {
    await this.ownUpstream?.close();
  }

  private async answerTo(credentials: Credentials, context: LoginContext): Promise<UpstreamAnswer> {
    try {
      return await this.caller.call(this.requests.login(credentials, context));
    } catch (error) {
      if (error instanceof UpstreamFailure) throw this.unavailable(error.message, error.retryAfterSeconds);
      throw error;
    }
  }

  private verdictOn(answer: UpstreamAnswer, typedName: string, context: LoginContext): Verdict {
    const reading = readAnswer(answer);
    if (reading.kind === 'unusable') {
      throw this.unavailable(reading.fault, retryAfterSeconds(answer.retryAfter, this.clock.nowMs()));
    }
    if (reading.kind === 'refused') {
      this.logRefusal(answer.status, context);
      return { accepted: false, reason: reading.reason };
    }
    const result = identityOf({
      strategy: this.name,
      typedName,
      body: reading.body,
      pointers: this.pointers,
    });
    if (!result.found) throw this.unavailable(result.fault);
    return { accepted: true, identity: result.identity };
  }

  /** Only 401 and 423 speak of the login for sure; an operator must be able to see when every login gets another one. */
  private logRefusal(status: number, { requestId }: LoginContext): void {
    const fields = { strategy: this.name, requestId, status };
    if (status === 401 || status === 423 || isSuccess(status)) {
      this.logger.debug(fields, 'The service refused the login');
      return;
    }
    const hint =
      'if every login gets it, check EXTERNAL_AUTH_URL, EXTERNAL_AUTH_LOGIN_PATH and EXTERNAL_AUTH_EXTRA_BODY';
    this.logger.warn(fields, `The service answered ${status}, which counts as a refused login; ${hint}`);
  }

  private unavailable(detail: string, retryAfter?: number): StrategyUnavailable {
    return new StrategyUnavailable(this.name, detail, { retryAfterSeconds: retryAfter });
  }
}

function pointersOf(settings: ExternalSettings): IdentityPointers {
  return {
    subject: settings.EXTERNAL_AUTH_SUBJECT,
    username: settings.EXTERNAL_AUTH_USERNAME,
    displayName: settings.EXTERNAL_AUTH_DISPLAY_NAME,
    email: settings.EXTERNAL_AUTH_EMAIL,
    roles: settings.EXTERNAL_AUTH_ROLES,
  };
}
