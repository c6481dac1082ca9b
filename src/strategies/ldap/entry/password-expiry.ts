import type { PasswordNotice } from '../bind/bind-outcome';
import type { DirectoryEntry } from './directory-entry';
import { filetimeMs } from './directory-time';

const expiryTime = 'msDS-UserPasswordExpiryTimeComputed';

/** What Active Directory says of a password's age in the entry, since it has no control that would say so at the bind. */
export const passwordExpiryAttributes: readonly string[] = [expiryTime, 'pwdLastSet', 'userAccountControl'];

const neverExpires = 0x10000; // ADS_UF_DONT_EXPIRE_PASSWD, MS-ADTS section 2.2.16

/** The notice of the bind, completed by what the entry says. What the bind itself said stands. */
export function completedNotice(
  notice: PasswordNotice,
  entry: DirectoryEntry,
  nowMs: number,
): PasswordNotice {
  const { secondsUntilExpiration = secondsLeft(entry, nowMs) } = notice;
  return {
    ...notice,
    mustChange: notice.mustChange || mustChange(entry),
    ...(secondsUntilExpiration !== undefined && { secondsUntilExpiration }),
  };
}

/** The computed time takes fine-grained policies into account; "never" is the highest FILETIME (MS-ADTS section 3.1.1.4.5). */
function secondsLeft(entry: DirectoryEntry, nowMs: number): number | undefined {
  const expiry = filetimeMs(entry.text(expiryTime));
  return expiry === undefined ? undefined : Math.max(0, Math.floor((expiry - nowMs) / 1000));
}

/** A zero here is the administrator's "user must change password at next logon", unless the password never expires. */
function mustChange(entry: DirectoryEntry): boolean {
  const neverDoes = (Number(entry.text('userAccountControl') ?? 0) & neverExpires) !== 0;
  return entry.text('pwdLastSet') === '0' && !neverDoes;
}
