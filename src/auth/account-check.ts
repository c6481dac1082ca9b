import { Inject, Injectable } from '@nestjs/common';
import { GatehouseError } from '../common/gatehouse-error';
import { tooManyLoginsText } from '../common/wait-text';
import { Settings } from '../config/settings';
import { DeviceTokenCodec, type KnownDevice } from '../sessions/device-token';
import { Authenticator } from '../strategies/authenticator';
import type { Credentials, LoginContext } from '../strategies/credential-strategy';
import { countedName } from '../strategies/identity';
import { accountLimits } from '../throttle/account-limits';
import { AccountNames, type NameCount, type NameLimits } from '../throttle/account-names';
import { AccountTries } from '../throttle/account-tries';
import { LoginGate } from './account-gate';
import type { Visit } from './auth.service';
import { NameTurns } from './name-turns';

/** What came of a password: whether it was taken. A refusal for another reason than the password is one all the same. */
export type PasswordOutcome = 'accepted' | 'refused';

/** Whose password somebody typed, and from where. */
export interface TypedAccount {
  readonly credentials: Pick<Credentials, 'username' | 'namedBy'>;
  readonly visit: Visit;
  /** Whose live session the request speaks for: their own account is known there, as it is to a device of theirs. */
  readonly sessionSubject?: string | undefined;
  /** The caller writes down itself that the password was right, by `settle` of the answer, with what it changes in the store besides. */
  readonly settlesLater?: boolean;
}

/** What the sources answered. */
export interface PasswordAnswer<T> {
  readonly answer: T;
  /** For the cookie by which the browser is known as a device of this person from now on; only after a right password. */
  readonly deviceToken?: string;
  /** Writes down that an accepted password was right; to be called once, by whoever has asked to. @throws StoreUnavailable */
  readonly settle?: () => Promise<void>;
}

/** The name has had too many refused logins. It says nothing of an account, not even whether there is one. */
export class NameBarred extends GatehouseError {
  override readonly name = 'NameBarred';

  /** @param isLate whether sources were asked before, so that the time it took could tell something of an account */
  constructor(
    retryAfterSeconds: number,
    readonly isLate = false,
  ) {
    super('TOO_MANY_REQUESTS', {
      text: tooManyLoginsText(retryAfterSeconds),
      retryAfterSeconds,
      detail: nameBarred,
      limit: 'account',
    });
  }
}

/** For the audit trail: the refusal of a login by a name that has been refused too often. */
export const nameBarred = 'not tried: too many refused logins by this name (LOCKOUT_MAX_FAILURES)';

/** What is to be counted of a name. */
interface NameOutcome {
  readonly wasRight: boolean;
  readonly wasKnown: boolean;
  readonly count: NameCount | undefined;
  readonly limits: NameLimits;
}

/** Each one costs a MAC for each account. */
const mostDevices = 4;

/**
 * Keeps guesses from accounts: how often a name was refused is looked at before anybody is asked, and how often an account was tried
 * right before each try (docs/lockout.md).
 */
@Injectable()
export class AccountCheck {
  private readonly turns: NameTurns;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly names: AccountNames,
    private readonly tries: AccountTries,
    private readonly devices: DeviceTokenCodec,
    @Inject(Settings) private readonly settings: Settings,
  ) {
    this.turns = new NameTurns(settings);
  }

  /**
   * @param ask puts the password to the sources, in the context that it is given
   * @param outcomeOf reads whether the password was taken
   * @throws NameBarred; StoreUnavailable where nothing can be counted; SERVICE_UNAVAILABLE where too many log in by this name at once;
   * what `ask` throws
   */
  async run<T>(
    { credentials, visit, sessionSubject, settlesLater = false }: TypedAccount,
    ask: (context: LoginContext) => Promise<T>,
    outcomeOf: (answer: T) => PasswordOutcome,
  ): Promise<PasswordAnswer<T>> {
    const { requestId, address } = visit;
    if (this.settings.LOCKOUT_MAX_FAILURES === 0) return { answer: await ask({ requestId, address }) };
    const name = countedName(this.authenticator.canonicalName(credentials.username));
    const limits = this.nameLimits();
    const count = await this.names.look(name);
    const waitSeconds = this.names.secondsBarred(count, limits);
    const devices = this.devicesOf(visit);
    const mayBeKnown = devices.length > 0 || sessionSubject !== undefined;
    if (waitSeconds !== undefined && !mayBeKnown) throw new NameBarred(waitSeconds);
    const isKnown = (key: string): boolean =>
      key === sessionSubject || devices.some((device) => this.devices.knows(device, key));
    const isNameBarred = waitSeconds !== undefined;
    const gate = new LoginGate({ tries: this.tries, isKnown, isNameBarred, settlesLater });
    const turn = { name, isKnown: mayBeKnown, address };
    const answer = await this.turns
      .run(turn, () => ask({ requestId, address, gate }))
      .catch((error: unknown) => this.afterSettling(gate, error));
    const isAccepted = outcomeOf(answer) === 'accepted';
    if (!isAccepted || !settlesLater) await gate.settleRight();
    const wasRight = isAccepted || gate.rightAccount !== undefined;
    if (waitSeconds !== undefined && !wasRight && !gate.hasTried) throw new NameBarred(waitSeconds, true);
    const wasKnown = gate.rightAccount !== undefined && isKnown(gate.rightAccount);
    // Whoever has only waited for others was refused for no fault of theirs.
    if (wasRight || !gate.hasOnlyWaited)
      await this.countName(name, { wasRight, wasKnown, count, limits }).catch((error: unknown) =>
        this.afterSettling(gate, error),
      );
    const settle = () => gate.settleRight();
    return { answer, ...(settlesLater && { settle }), ...this.deviceTokenOf(devices, gate.rightAccount) };
  }

  /** For a fault after a password was found right, of the source or of the store. @throws the error; that nothing can be written adds nothing to it */
  private async afterSettling(gate: LoginGate, error: unknown): Promise<never> {
    await gate.settleRight().catch((fault: unknown) => {
      if (!(fault instanceof GatehouseError)) throw fault;
    });
    throw error;
  }

  /** A known device passes the bar anyway, so its login leaves it: a stranger would see by it that somebody has logged in. */
  private async countName(name: string, { wasRight, wasKnown, count, limits }: NameOutcome): Promise<void> {
    if (!wasRight) return this.names.countRefused(name, limits);
    if (count && !wasKnown) await this.names.forget(name);
  }

  /** Those of the first cookies that are good. Without the key of their MAC, which the store holds, nobody is known. */
  private devicesOf({ deviceTokens = [] }: Visit): readonly KnownDevice[] {
    const read = deviceTokens.slice(0, mostDevices);
    const devices = read.map((token) => orUndefined(() => this.devices.decode(token)));
    return devices.filter((device) => device !== undefined);
  }

  /** Goes on with the device that knows the account: another one may be a relic, or put there by somebody else. */
  private deviceTokenOf(
    devices: readonly KnownDevice[],
    account: string | undefined,
  ): Pick<PasswordAnswer<never>, 'deviceToken'> {
    if (account === undefined) return {};
    const device = devices.find((one) => this.devices.knows(one, account)) ?? devices[0];
    const deviceToken = orUndefined(() => this.devices.encode(device, account));
    return deviceToken === undefined ? {} : { deviceToken };
  }

  /**
   * The same for every name: a name does not say whose account it is, and where one source is strict its limits must not bar everybody.
   * What a source bears is kept by the account's own count, of which the client sees nothing.
   */
  private nameLimits(): NameLimits {
    const { strangers, windowMs } = accountLimits(this.settings);
    return { strangers, windowMs };
  }
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatehouseError) return undefined;
    throw error;
  }
}
