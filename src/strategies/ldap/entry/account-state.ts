import type { DirectoryEntry } from './directory-entry';
import { filetimeMs, generalizedTimeMs } from './directory-time';

/** Whether the directory lets this account be used now, as far as its entry shows. */
export type AccountState =
  | {
      readonly barred: false;
      /** Locked by too many wrong passwords: no new login for now, but what is logged in stays so. */
      readonly lockedByGuesses: boolean;
    }
  | { readonly barred: true; readonly why: BarredBecause };

export type BarredBecause = 'disabled' | 'expired' | 'not yet valid' | 'locked by an administrator';

/** What has to be asked for by name; most are operational. A server leaves out those that it does not know. */
export const accountStateAttributes: readonly string[] = [
  // Active Directory
  'userAccountControl',
  'accountExpires',
  'lockoutTime',
  'msDS-User-Account-Control-Computed',
  // OpenLDAP and others with draft-behera-ldap-password-policy
  'pwdAccountLockedTime',
  'pwdStartTime',
  'pwdEndTime',
  // 389 Directory Server and FreeIPA
  'nsAccountLock',
  'krbPrincipalExpiration',
];

const accountDisabled = 0x2; // ADS_UF_ACCOUNTDISABLE, MS-ADTS section 2.2.16
const lockedOut = 0x10; // ADS_UF_LOCKOUT, only in the computed attribute: MS-ADTS section 3.1.1.4.5

/**
 * What ends a session is what an administrator has decided: disabled, expired, locked by hand. A lock that failed logins have
 * caused does not, or anybody could log somebody else out by guessing at their password; it stops new logins all the same,
 * because the directory then refuses every bind. Nor does a password that has expired: it was right when the session began.
 */
export function accountState(entry: DirectoryEntry, nowMs: number): AccountState {
  const why = barredBecause(entry, nowMs);
  if (why !== undefined) return { barred: true, why };
  return { barred: false, lockedByGuesses: isLockedByGuesses(entry) };
}

function barredBecause(entry: DirectoryEntry, nowMs: number): BarredBecause | undefined {
  if (hasFlag(entry, 'userAccountControl', accountDisabled)) return 'disabled';
  if (entry.text('nsAccountLock')?.toLowerCase() === 'true') return 'disabled';
  if (isLockedForGood(entry)) return 'locked by an administrator';
  if (endsMs(entry).some((end) => end <= nowMs)) return 'expired';
  const start = generalizedTimeMs(entry.text('pwdStartTime'));
  return start !== undefined && start > nowMs ? 'not yet valid' : undefined;
}

/** Active Directory writes 0 or the highest value for "never" (MS-ADA1, accountExpires). */
function endsMs(entry: DirectoryEntry): number[] {
  const ends = [
    filetimeMs(entry.text('accountExpires')),
    generalizedTimeMs(entry.text('pwdEndTime')),
    generalizedTimeMs(entry.text('krbPrincipalExpiration')),
  ];
  return ends.filter((end) => end !== undefined);
}

/** `000001010000Z` is what an administrator writes (draft-behera section 5.3.3); the server itself writes the present time. */
function isLockedForGood(entry: DirectoryEntry): boolean {
  return entry.texts('pwdAccountLockedTime').some((time) => time.startsWith('00000101'));
}

/** `lockoutTime` stays when the lock is over, until the next good login; the computed attribute knows better, where it can be read. */
function isLockedByGuesses(entry: DirectoryEntry): boolean {
  if (entry.texts('pwdAccountLockedTime').length > 0) return true;
  const computed = 'msDS-User-Account-Control-Computed';
  if (entry.text(computed) !== undefined) return hasFlag(entry, computed, lockedOut);
  return filetimeMs(entry.text('lockoutTime')) !== undefined;
}

function hasFlag(entry: DirectoryEntry, attribute: string, flag: number): boolean {
  return (Number(entry.text(attribute) ?? 0) & flag) !== 0;
}
