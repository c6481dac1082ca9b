import type { RefusalReason } from '../../credential-strategy';

/** What the directory said of a password that it accepted. */
export interface PasswordNotice {
  readonly mustChange: boolean;
  readonly secondsUntilExpiration?: number;
  readonly graceLoginsLeft?: number;
}

/** What one user bind came to. */
export type BindOutcome =
  | { readonly accepted: true; readonly notice: PasswordNotice }
  | {
      readonly accepted: false;
      readonly reason: RefusalReason;
      /** True where the directory refused although the password was right, such as for an expired one. */
      readonly passwordWasRight: boolean;
      /** What the directory said in truth, for the log only: it may reveal that the account exists. */
      readonly logReason?: string;
    };
