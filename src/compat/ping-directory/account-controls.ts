import type { RefusalReason } from '../../strategies/credential-strategy';
import type { JsonObject } from './json-control';
import type { LoginOutcome } from './login-outcome';

interface Issue {
  readonly id: number;
  readonly name: string;
}

/** PasswordPolicyStateAccountUsabilityError of the LDAP SDK for Java. */
const stateErrors: Readonly<Partial<Record<RefusalReason, Issue>>> = {
  account_disabled: { id: 1, name: 'account-disabled' },
  account_expired: { id: 3, name: 'account-expired' },
  account_locked: { id: 5, name: 'account-temporarily-locked-due-to-bind-failures' },
  password_expired: { id: 8, name: 'password-expired' },
  password_must_change: { id: 11, name: 'must-change-password' },
};
const passwordExpiring: Issue = { id: 2, name: 'password-expiring' };

/** AuthenticationFailureReason of the LDAP SDK for Java. */
const invalidCredentials: Issue = { id: 9, name: 'invalid-credentials' };
const accountNotUsable: Issue = { id: 1, name: 'account-not-usable' };

/** Whether a login shows anything of the account: a wrong password tells nothing of the account. */
export function saysOfAccount(outcome: LoginOutcome): boolean {
  return outcome.accepted || outcome.reason !== 'invalid_credentials';
}

/** The value of the account usable response control, as far as a login shows it. */
export function accountUsable(outcome: LoginOutcome): JsonObject {
  if (outcome.accepted) {
    const seconds = outcome.password?.secondsUntilExpiration;
    return {
      'account-is-usable': true,
      ...(seconds !== undefined && { 'seconds-until-password-expiration': seconds }),
    };
  }
  const { reason } = outcome;
  return {
    'account-is-usable': false,
    'account-is-inactive': reason !== 'password_expired' && reason !== 'password_must_change',
    'must-change-password': reason === 'password_must_change',
    'password-is-expired': reason === 'password_expired',
  };
}

/** The value of the get password policy state issues response control. */
export function stateIssues(outcome: LoginOutcome): JsonObject {
  if (outcome.accepted) {
    const { mustChange = false, secondsUntilExpiration } = outcome.password ?? {};
    return {
      notices: [],
      warnings: secondsUntilExpiration === undefined ? [] : [passwordExpiring],
      errors: mustChange ? [stateErrors.password_must_change] : [],
    };
  }
  const { reason } = outcome;
  const error = stateErrors[reason];
  const failure = reason === 'invalid_credentials' ? invalidCredentials : accountNotUsable;
  return {
    notices: [],
    warnings: [],
    errors: error ? [error] : [],
    'authentication-failure-reason': failure,
  };
}
