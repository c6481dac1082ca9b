import type { DistinguishedName } from '../../common/distinguished-name';
import { noTriesLeft } from '../account-at-risk';
import type { LoginContext, RefusalReason } from '../credential-strategy';
import type { Identity } from '../identity';
import type { BindOutcome, PasswordNotice } from './bind/bind-outcome';
import type { Deadline } from '../outbound/deadline';
import type { DirectoryEntry } from './entry/directory-entry';
import type { DirectoryReader } from './connection/search-request';
import type { UserFilter } from './entry/user-filter';

/** Where people are, which of them may log in, and what is read of them. */
export interface PeopleOptions {
  readonly baseDn: string;
  readonly userFilter: UserFilter;
  readonly attributes: readonly string[];
  readonly binaryAttributes: readonly string[];
}

/** What trying a name and a password came to. `why` is for the log: it may tell more than a client may know. */
export type LoginAttempt =
  | {
      readonly accepted: true;
      readonly identity: Identity;
      readonly entry: DirectoryEntry;
      readonly notice: PasswordNotice;
    }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly why: string };

/** A login name that is one of this directory's. */
export interface WantedName {
  /** The account alone, without the domain that was typed with it. */
  readonly account: string;
  /** `user@domain` whole, where it was typed so. */
  readonly principalName?: string;
}

/** A password that is to be tried once. */
export interface PasswordRequest {
  readonly password: string;
  readonly context: Pick<LoginContext, 'gate'>;
  readonly deadline: Deadline;
}

export interface LoginRequest extends WantedName, PasswordRequest {}

/** A login of somebody who is named by the DN of their entry, which lies below LDAP_BASE_DN. */
export interface DnLoginRequest extends PasswordRequest {
  readonly dn: DistinguishedName;
}

/** One way to try a password against a directory. */
export interface LoginWay {
  /** Binds as the user at most once, and not at all when the account has no try left. */
  attempt(request: LoginRequest): Promise<LoginAttempt>;
  /** The same by DN, also with one bind at most. Whoever could not log in by a name cannot by DN. */
  attemptByDn(request: DnLoginRequest): Promise<LoginAttempt>;
  /** The login name that a DN stands for; undefined where the DN alone does not tell. */
  accountIn(dn: DistinguishedName): string | undefined;
  /** What a login name stands for, for a bind with another purpose; undefined when it stands for nobody. */
  account(name: WantedName, deadline: Deadline): Promise<DirectoryAccount | undefined>;
  /** The same for the DN of an entry that is known to be the person's own. */
  accountByDn(dn: DistinguishedName, deadline: Deadline): Promise<DirectoryAccount | undefined>;
}

export interface DirectoryAccount {
  /** What a bind as this account names: a DN or a user principal name, never what was typed. */
  readonly bindName: string;
  /** The entry, where a search has found it before anybody was bound, so that reading it again costs nothing. */
  readonly entry?: DirectoryEntry | undefined;
  /**
   * Reads the entry with the rights of this reader.
   * @throws StrategyUnavailable when there is none
   */
  readonly read: (reader: DirectoryReader, deadline: Deadline) => Promise<DirectoryEntry>;
  /** Whether LDAP_USER_FILTER lets the owner of the entry in. */
  readonly isAllowed: (
    entry: DirectoryEntry,
    reader: DirectoryReader,
    deadline: Deadline,
  ) => Promise<boolean>;
}

/** Makes an identity of an entry, and reads with the given rights what else belongs to it, such as groups. */
export type Describe = (
  entry: DirectoryEntry,
  typed: { readonly account: string; readonly reader: DirectoryReader; readonly deadline: Deadline },
) => Promise<Identity>;

/** For everything that must look like a wrong password. */
export function refusedBecause(why: string): LoginAttempt {
  return { accepted: false, reason: 'invalid_credentials', why };
}

/** A bind that was refused, or that was not tried because the account has no try left. */
export function refusedBind(outcome: Extract<BindOutcome, { accepted: false }> | undefined): LoginAttempt {
  if (outcome === undefined) return refusedBecause(noTriesLeft);
  return { accepted: false, reason: outcome.reason, why: outcome.logReason ?? outcome.reason };
}

export const foreignName = 'name of another domain';
export const noPersonsDn = 'the DN of nobody whom LDAP_USER_FILTER could find';
export const notAllowedByFilter = 'not allowed by LDAP_USER_FILTER';

/** The directory accepts such a password for nothing but its own change (draft-behera-ldap-password-policy section 5.2.5). */
export const refusedUntilChanged: Extract<LoginAttempt, { accepted: false }> = {
  accepted: false,
  reason: 'password_must_change',
  why: 'the password was reset and must be changed',
};
