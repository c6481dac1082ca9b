import { tryPassword } from '../../account-at-risk';
import type { LoginContext } from '../../credential-strategy';
import type { Deadline } from '../../outbound/deadline';
import type { DirectoryEntry } from '../entry/directory-entry';
import { accountKey, type NamedAccount } from './account-key';
import type { LockoutPolicies } from './lockout-policies';

/** An account of which a password is about to be tried. */
export interface TriedAccount extends NamedAccount {
  readonly context: Pick<LoginContext, 'gate'>;
  readonly deadline: Deadline;
}

/** The way to every bind with a typed password: nobody's password is tried once their tries are used up. */
export class AccountTries {
  constructor(
    private readonly strategy: string,
    private readonly policies: LockoutPolicies,
  ) {}

  /**
   * As `tryPassword`.
   * @returns undefined, with nothing tried, when the account has no try left
   */
  async run<T>(
    account: TriedAccount,
    attempt: () => Promise<T>,
    passwordWas: (result: T) => 'right' | 'wrong',
  ): Promise<T | undefined> {
    const { context, entry, deadline } = account;
    if (!context.gate) return attempt();
    const lockout = await this.lockout(entry, deadline);
    const key = accountKey(this.strategy, account);
    const atRisk = { key, ...(lockout && { lockout }), ...(entry && { isFound: true }) };
    return tryPassword(context, atRisk, attempt, passwordWas);
  }

  private lockout(entry: DirectoryEntry | undefined, deadline: Deadline) {
    return entry ? this.policies.forEntry(entry, deadline) : this.policies.forAnybody(deadline);
  }
}

/** What a bind, and what was done after it, tells of the password. */
export function passwordOfBind(
  outcome: { readonly accepted: true } | { readonly accepted: false; readonly passwordWasRight: boolean },
): 'right' | 'wrong' {
  return outcome.accepted || outcome.passwordWasRight ? 'right' : 'wrong';
}
