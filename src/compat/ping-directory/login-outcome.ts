import type { PasswordState, RefusalReason, SourceEntry } from '../../strategies/credential-strategy';

/** What a login came to. */
export type LoginOutcome =
  | {
      readonly accepted: true;
      readonly dn: string;
      readonly password?: PasswordState | undefined;
      /** The attributes that the get authorization entry control asked for; needed with that control only. */
      readonly authorizationEntry?: SourceEntry | undefined;
    }
  | { readonly accepted: false; readonly reason: RefusalReason };
