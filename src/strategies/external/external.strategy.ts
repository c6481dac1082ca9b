import { type Clock, SystemClock } from '../../common/clock';
import { Limiter, LimiterFull } from '../../common/limiter';
import type { Logger } from '../../common/logger';
import type { ExternalSettings } from '../../config/strategy-settings';
import {
  type Closable,
  type Credentials,
  CredentialStrategy,
  type LoginContext,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import { parsePointer, type JsonPointer } from './json-pointer';
import { readAnswer } from './login-answer';
import { type Answer, callFault, isSuccess, LoginCall } from './login-call';
import { retryAfterSeconds } from './retry-after';
import { identityOf, type IdentityPointers } from './upstream-identity';

export interface ExternalStrategyOptions {
  readonly name: string;
  readonly settings: ExternalSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Forwards a login to an existing HTTP service and believes its answer. */
export class ExternalStrategy extends CredentialStrategy implements Closable {
  readonly name: string;
  private readonly settings: ExternalSettings;
  private readonly logger: Logger;
  private readonly clock: Clock;
  private readonly call: LoginCall;
  private readonly pointers: IdentityPointers;
  private readonly limiter: Limiter;

  /** @throws Error that names the setting which cannot be used. */
  constructor({ name, settings, logger, clock = new SystemClock() }: ExternalStrategyOptions) {
    super();
    this.name = name;
    this.settings = settings;
    this.logger = logger;
    this.clock = clock;
    this.pointers = pointersOf(settings);
    this.limiter = new Limiter(settings.EXTERNAL_AUTH_MAX_CONNECTIONS, settings.EXTERNAL_AUTH_MAX_QUEUE);
    this.call = new LoginCall(settings);
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
    await this.call.close();
  }

  /**
   * One deadline from here to the last byte, the wait for a turn included. A waiting login needs no timer of its own: those
   * before it have earlier deadlines, so its turn comes in time to be told that it is too late.
   */
  private async answerTo(credentials: Credentials, context: LoginContext): Promise<Answer> {
    const signal = AbortSignal.timeout(this.settings.EXTERNAL_AUTH_TIMEOUT_MS);
    const body = this.bodyFor(credentials);
    try {
      return await this.limiter.run(() => this.call.post({ body, requestId: context.requestId, signal }));
    } catch (error) {
      if (error instanceof LimiterFull) throw this.unavailable('too many logins wait for the service');
      if (signal.aborted) throw this.unavailable('no whole answer within EXTERNAL_AUTH_TIMEOUT_MS');
      throw this.unavailable(callFault(error));
    }
  }

  /** The further fields come first, so that none of them can replace the name or the password. */
  private bodyFor({ username, password }: Credentials): string {
    return JSON.stringify({
      ...this.settings.EXTERNAL_AUTH_EXTRA_BODY,
      usuario: username,
      contrasenia: password,
    });
  }

  private verdictOn(answer: Answer, typedName: string, context: LoginContext): Verdict {
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
    const { origin } = this.settings.EXTERNAL_AUTH_URL ?? { origin: 'EXTERNAL_AUTH_URL' };
    return new StrategyUnavailable(this.name, `${origin}: ${detail}`, { retryAfterSeconds: retryAfter });
  }
}

function pointersOf(settings: ExternalSettings): IdentityPointers {
  return {
    subject: pointerFrom(settings, 'EXTERNAL_AUTH_SUBJECT'),
    username: pointerFrom(settings, 'EXTERNAL_AUTH_USERNAME'),
    displayName: pointerFrom(settings, 'EXTERNAL_AUTH_DISPLAY_NAME'),
    email: pointerFrom(settings, 'EXTERNAL_AUTH_EMAIL'),
    roles: pointerFrom(settings, 'EXTERNAL_AUTH_ROLES'),
  };
}

type PointerSetting =
  | 'EXTERNAL_AUTH_SUBJECT'
  | 'EXTERNAL_AUTH_USERNAME'
  | 'EXTERNAL_AUTH_DISPLAY_NAME'
  | 'EXTERNAL_AUTH_EMAIL'
  | 'EXTERNAL_AUTH_ROLES';

function pointerFrom(settings: ExternalSettings, name: PointerSetting): JsonPointer | undefined {
  const text = settings[name];
  if (text === undefined) return undefined;
  const pointer = parsePointer(text);
  if (!pointer) throw new Error(`${name} is no JSON pointer (RFC 6901), such as /data/id`);
  return pointer;
}
