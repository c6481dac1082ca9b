import { PasswordPolicyControl, PasswordPolicyError, type PasswordPolicyValue } from 'ldapts';
import type { PasswordNotice } from './bind-outcome';
import { PasswordExpiredControl, PasswordExpiringControl } from './netscape-controls';

/**
 * The controls that travel with one request. Three, because servers differ: OpenLDAP answers draft-behera-ldap-password-policy
 * and only when asked; 389 Directory Server and its kin add the older pair of draft-vchu-ldap-pwd-policy unasked.
 */
export class PasswordPolicyAnswer {
  private readonly policy = new PasswordPolicyControl();
  private readonly expired = new PasswordExpiredControl();
  private readonly expiring = new PasswordExpiringControl();

  /** None is critical: a server that knows nothing of password policies leaves them out (RFC 4511 section 4.1.11). */
  readonly controls = [this.policy, this.expired, this.expiring];

  /** The error of the policy's answer, section 6.2 of the draft; undefined when there is none. */
  get error(): number | undefined {
    return this.policy.value?.error;
  }

  get saysExpired(): boolean {
    return this.error === PasswordPolicyError.PasswordExpired || (!this.isTold && this.expired.isPresent);
  }

  get saysLocked(): boolean {
    return this.error === PasswordPolicyError.AccountLocked;
  }

  /** What is worth telling about a password that was accepted. */
  notice(): PasswordNotice {
    const value = this.policy.value;
    if (value === undefined || !this.isTold) return this.olderNotice();
    return {
      mustChange: value.error === PasswordPolicyError.ChangeAfterReset,
      ...secondsUntilExpiration(value),
      ...(value.graceAuthNsRemaining !== undefined && { graceLoginsLeft: value.graceAuthNsRemaining }),
    };
  }

  /** 389 sends the older controls next to the newer one and then says less with them: a grace login looks like a forced change. */
  private get isTold(): boolean {
    return Object.values(this.policy.value ?? {}).some((field) => field !== undefined);
  }

  private olderNotice(): PasswordNotice {
    const seconds = this.expiring.secondsLeft;
    return {
      // Together with success it means that the password was reset and only a change is allowed.
      mustChange: this.expired.isPresent,
      ...(seconds !== undefined && { secondsUntilExpiration: seconds }),
    };
  }
}

/** A grace login is one with a password that has expired already. */
function secondsUntilExpiration(value: PasswordPolicyValue): Partial<PasswordNotice> {
  if (value.graceAuthNsRemaining !== undefined) return { secondsUntilExpiration: 0 };
  if (value.timeBeforeExpiration === undefined) return {};
  return { secondsUntilExpiration: Math.max(0, value.timeBeforeExpiration) };
}
