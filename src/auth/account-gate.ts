import { GatehouseError } from '../common/gatehouse-error';
import type { AccountAtRisk, AccountGate } from '../strategies/account-at-risk';
import type { AccountTries, AccountTry } from '../throttle/account-tries';

export interface LoginGateParts {
  readonly tries: Pick<AccountTries, 'take' | 'settle'>;
  /** Whether the account with this key has been logged in to with the device of the request. */
  readonly isKnown: (accountKey: string) => boolean;
  /** The name has had too many refused logins, so that only known devices may try. */
  readonly isNameBarred: boolean;
  /** That a password was right is written down by `settleRight`, with other changes in one commit, and not before its result is given. */
  readonly settlesLater?: boolean | undefined;
}

/** Takes note of whether a source has found somebody by the name of one login. */
export class FoundName {
  private found = false;

  get isFound(): boolean {
    return this.found;
  }

  /** A gate that lets everything pass as `gate` does. */
  watch(gate: AccountGate): AccountGate {
    return {
      pass: (account, attempt, passwordWas) => {
        this.found ||= account.isFound === true;
        return gate.pass(account, attempt, passwordWas);
      },
    };
  }
}

/** The gate of one login: every password that a source tries for it takes a try of its account first. */
export class LoginGate implements AccountGate {
  private tried = false;
  private waitedInVain = false;
  private right: string | undefined;
  private unsettled: AccountTry | undefined;

  constructor(private readonly parts: LoginGateParts) {}

  /** Whether any password was tried. */
  get hasTried(): boolean {
    return this.tried;
  }

  /** No password was tried, and for one account only because other tries of it were under way for too long. */
  get hasOnlyWaited(): boolean {
    return this.waitedInVain && !this.tried;
  }

  /** The account whose password was right; undefined where none was. */
  get rightAccount(): string | undefined {
    return this.right;
  }

  async pass<T>(
    account: AccountAtRisk,
    attempt: () => Promise<T>,
    passwordWas: (result: T) => 'right' | 'wrong',
  ): Promise<T | undefined> {
    const { tries, isKnown, isNameBarred } = this.parts;
    const known = isKnown(account.key);
    if (isNameBarred && !known) return undefined;
    const taken = await tries.take(account, known);
    if (taken === 'busy') this.waitedInVain = true;
    if (!taken || taken === 'busy') return undefined;
    this.tried = true;
    const { result, outcome } = await this.outcomeOf(taken, attempt, passwordWas);
    if (outcome === 'right') this.right = account.key;
    if (outcome === 'right' && this.parts.settlesLater) await this.postpone(taken);
    else await tries.settle(taken, outcome);
    return result;
  }

  /** A source may refuse whose password was right, and the next one find it right too: only the last is left for later. */
  private async postpone(taken: AccountTry): Promise<void> {
    const earlier = this.unsettled;
    this.unsettled = taken;
    if (earlier) await this.parts.tries.settle(earlier, 'right');
  }

  /** Writes down that a password was right, where that is still to be done. @throws StoreUnavailable as AccountTries.settle */
  async settleRight(): Promise<void> {
    const { unsettled } = this;
    this.unsettled = undefined;
    if (unsettled) await this.parts.tries.settle(unsettled, 'right');
  }

  private async outcomeOf<T>(
    taken: AccountTry,
    attempt: () => Promise<T>,
    passwordWas: (result: T) => 'right' | 'wrong',
  ): Promise<{ readonly result: T; readonly outcome: 'right' | 'wrong' }> {
    try {
      const result = await attempt();
      return { result, outcome: passwordWas(result) };
    } catch (error) {
      await this.giveBack(taken);
      throw error;
    }
  }

  /** A try that cannot be given back now is given back later; why the attempt failed matters more. */
  private async giveBack(taken: AccountTry): Promise<void> {
    try {
      await this.parts.tries.settle(taken, 'unknown');
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
    }
  }
}
