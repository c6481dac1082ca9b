import type { Client } from 'ldapts';
import { noTriesLeft } from '../../account-at-risk';
import { type RefusalReason, StrategyUnavailable } from '../../credential-strategy';
import type { BindOutcome } from '../bind/bind-outcome';
import type { Deadline } from '../../outbound/deadline';
import { changeUnicodePwd, modifyPassword, type NewPassword } from './password-modify';
import {
  emptyPasswordRejection,
  isLackOfRights,
  type PasswordChangeOutcome,
  passwordRejection,
} from './password-rejection';
import { bindUser } from '../bind/user-bind';
import { describeError } from '../../../common/system-error';
import { passwordOfBind } from '../lockout/account-tries';
import { notAllowedByFilter } from '../login-attempt';

/** `isEncrypted`: true for ldaps:// and after StartTLS. Which server it is shows only then. */
type OnConnection = <T>(
  task: (client: Client, isEncrypted: boolean) => Promise<T>,
  deadline: Deadline,
) => Promise<T>;

/** The connections that a change needs; `Directory` has both. What a task throws raw they turn into StrategyUnavailable. */
export interface PasswordChangePorts {
  /** On a connection for user binds, lent for one bind and what follows it. */
  readonly withUser: OnConnection;
  /** On a connection that is bound as the service account; undefined where there is none. */
  readonly withService?: OnConnection;
}

/** Whose password, and what kind of directory has it. */
export interface PasswordOwner {
  readonly strategy: string;
  /** What the bind is done as: a DN or, in Active Directory, a principal name. */
  readonly bindName: string;
  /**
   * Who it is, perhaps by a look as whoever is bound on this connection.
   * @throws StrategyUnavailable when it cannot be told
   */
  readonly personOn: (client: Client, bound: 'user' | 'service') => Promise<KnownPerson>;
  /** Nobody but the user can be asked who it is. */
  readonly isSeenByUserOnly: boolean;
  /** True when the root DSE lists `activeDirectoryCapability`. */
  readonly isActiveDirectory: boolean;
  /** As `tryPassword`, for the old password: around every request by which the directory may count a wrong one. */
  readonly tryOld: <T>(
    attempt: () => Promise<T>,
    passwordWas: (result: T) => 'right' | 'wrong',
  ) => Promise<T | undefined>;
}

export interface KnownPerson {
  readonly dn: string;
  readonly subject: string;
  /** Whether LDAP_USER_FILTER lets them log in. */
  readonly isAllowed: boolean;
}

/**
 * Changes a password with the old one as proof, which is tried with exactly one bind. The new one is set with the user's own
 * rights where the user can bind. Whose password has expired cannot, in Active Directory not even who must change it. The
 * directory says so only after a right password; then the service account carries the old and the new value, and the directory
 * checks the old one once more.
 * @throws StrategyUnavailable when the directory gave no answer, or in Active Directory without TLS
 */
export async function changePassword(
  owner: PasswordOwner,
  passwords: NewPassword,
  ports: PasswordChangePorts,
  deadline: Deadline,
): Promise<PasswordChangeOutcome> {
  if (passwords.newPassword === '') return emptyPasswordRejection;
  const asUser = () =>
    ports.withUser((client, isEncrypted) => {
      demandEncryption(owner, isEncrypted);
      return changeAsUser(client, owner, passwords);
    }, deadline);
  const tried = await owner.tryOld(asUser, passwordOfTry);
  if (tried === undefined) return notTried;
  if (tried.outcome) return tried.outcome;
  const { refusal } = tried;
  const { withService } = ports;
  if (!withService || !mayBeCarried(refusal)) return refused(refusal);
  const asService = () =>
    withService((client, isEncrypted) => {
      demandEncryption(owner, isEncrypted);
      return carry(client, owner, passwords, refusal);
    }, deadline);
  return (await owner.tryOld(asService, passwordOfOutcome)) ?? notTried;
}

/** Ends the reason in the log, so that the strategy can say it louder. */
export const mayNotSetPasswords = 'the service account may not set passwords';

type Refusal = Extract<BindOutcome, { accepted: false }>;
type Tried =
  { readonly outcome: PasswordChangeOutcome } | { readonly outcome?: undefined; readonly refusal: Refusal };

/** Refused though the directory took the password: for whoever LDAP_USER_FILTER does not let in, too. */
function passwordOfTry(tried: Tried): 'right' | 'wrong' {
  return tried.outcome ? 'right' : passwordOfBind(tried.refusal);
}

function passwordOfOutcome(outcome: PasswordChangeOutcome): 'right' | 'wrong' {
  return outcome.changed || outcome.reason !== 'invalid_credentials' || outcome === notAllowed
    ? 'right'
    : 'wrong';
}

async function changeAsUser(client: Client, owner: PasswordOwner, passwords: NewPassword): Promise<Tried> {
  const bound = await bindUser(client, owner.bindName, passwords.oldPassword);
  if (!bound.accepted) return { refusal: bound };
  // Such a user may do nothing but change the password, so a look before it would be refused.
  if (bound.notice.mustChange && owner.isSeenByUserOnly && !owner.isActiveDirectory) {
    return { outcome: await changeBlindly(client, owner, passwords) };
  }
  const person = await owner.personOn(client, 'user');
  if (!person.isAllowed) return { outcome: notAllowed };
  try {
    if (owner.isActiveDirectory) await changeUnicodePwd(client, person.dn, passwords);
    else await modifyPassword(client, passwords);
    return { outcome: { changed: true, subject: person.subject } };
  } catch (error) {
    return { outcome: passwordRejection(error, passwords) };
  }
}

/** Looks who it was after the change. It stands by then, so whatever fails is no failure of it. */
async function changeBlindly(
  client: Client,
  owner: PasswordOwner,
  passwords: NewPassword,
): Promise<PasswordChangeOutcome> {
  try {
    await modifyPassword(client, passwords);
  } catch (error) {
    return passwordRejection(error, passwords);
  }
  try {
    const { subject } = await owner.personOn(client, 'user');
    return { changed: true, subject };
  } catch (error) {
    // Its answer may still come, and must not meet the next user.
    client.unbind().catch(() => undefined);
    return { changed: true, logReason: describeError(error) };
  }
}

/** As the service account, for a user whose password was right but who cannot bind any more. */
async function carry(
  client: Client,
  owner: PasswordOwner,
  passwords: NewPassword,
  refusal: Refusal,
): Promise<PasswordChangeOutcome> {
  const person = await owner.personOn(client, 'service');
  if (!person.isAllowed) return notAllowed;
  const { dn, subject } = person;
  try {
    if (owner.isActiveDirectory) await changeUnicodePwd(client, dn, passwords);
    else await modifyPassword(client, passwords, dn);
    return { changed: true, subject };
  } catch (error) {
    if (!owner.isActiveDirectory && isLackOfRights(error)) return notCarried(refusal);
    return passwordRejection(error, passwords);
  }
}

function notCarried(refusal: Refusal): PasswordChangeOutcome {
  const logReason = `${refusal.reason}; ${mayNotSetPasswords}`;
  return { ...refused(refusal), logReason };
}

const notTried: PasswordChangeOutcome = {
  changed: false,
  reason: 'invalid_credentials',
  logReason: noTriesLeft,
};

/** As in a login: it must look like a wrong password. */
const notAllowed: PasswordChangeOutcome = {
  changed: false,
  reason: 'invalid_credentials',
  logReason: notAllowedByFilter,
};

/** Not for disabled, expired or otherwise barred accounts: they get nothing by a new password. */
function mayBeCarried({ passwordWasRight, reason }: Refusal): boolean {
  return passwordWasRight && (reason === 'password_expired' || reason === 'password_must_change');
}

function refused({ reason, logReason }: Refusal): Extract<PasswordChangeOutcome, { reason: RefusalReason }> {
  return { changed: false, reason, ...(logReason !== undefined && { logReason }) };
}

/** MS-ADTS section 3.1.1.3.1.5: it takes no password over a connection that is not encrypted with 128 bits at least. */
function demandEncryption({ strategy, isActiveDirectory }: PasswordOwner, isEncrypted: boolean): void {
  if (!isActiveDirectory || isEncrypted) return;
  const detail =
    'Active Directory changes passwords over TLS only: use ldaps:// in LDAP_URL or LDAP_START_TLS=true';
  throw new StrategyUnavailable(strategy, detail);
}
