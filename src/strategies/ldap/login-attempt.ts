import type { Credentials } from '../credential-strategy';
import type { DirectoryEntry } from './directory-entry';

/** What trying a name and a password came to. `why` is for the log: outside, all refusals are alike. */
export type LoginAttempt =
  | { readonly accepted: true; readonly entry: DirectoryEntry }
  | { readonly accepted: false; readonly why: RefusedBecause };

export type RefusedBecause =
  | 'unknown name'
  | 'ambiguous name'
  | 'name of another domain'
  | 'password refused'
  | 'not allowed by LDAP_USER_FILTER';

/** One way to try a password against a directory. Binds as the user at most once. */
export interface LoginWay {
  attempt(credentials: Credentials): Promise<LoginAttempt>;
}

export function refusedBecause(why: RefusedBecause): LoginAttempt {
  return { accepted: false, why };
}
