import type { CredentialStrategy } from '../credential-strategy';

/**
 * A further power of an own strategy: to say whose account a login name leads to, so that wrong passwords count together where one person has
 * several names.
 */
export interface FindsAccounts {
  /**
   * The subject that a login by this name would have, whatever the password; undefined for a name that is nobody's.
   * @throws StrategyUnavailable when the source could not answer
   */
  findAccount(username: string): Promise<string | undefined>;
}

export function findsAccounts(strategy: CredentialStrategy): strategy is CredentialStrategy & FindsAccounts {
  return 'findAccount' in strategy && typeof strategy.findAccount === 'function';
}
