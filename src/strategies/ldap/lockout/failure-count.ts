import type { DirectoryEntry } from '../entry/directory-entry';
import { filetimeMs, generalizedTimeMs } from '../entry/directory-time';

/** What has to be asked for by name, so that an entry tells which policy is its own and how many wrong passwords it has. */
export const lockoutAttributes: readonly string[] = [
  // Active Directory; the first is computed when it is asked for (MS-ADTS section 3.1.1.4.5.38).
  'msDS-ResultantPSO',
  'badPwdCount',
  'badPasswordTime',
  // OpenLDAP and others with draft-behera-ldap-password-policy; the first also in 389 Directory Server
  'pwdPolicySubentry',
  'pwdFailureTime',
  // 389 Directory Server
  'passwordRetryCount',
  'retryCountResetTime',
];

/** The directory's clock and ours may differ by so much. */
const clockDifferenceMs = 5000;

/** The DN of the policy that is the person's own; undefined for people under the general one. */
export function ownPolicyDn(entry: DirectoryEntry): string | undefined {
  return entry.text('msDS-ResultantPSO') ?? entry.text('pwdPolicySubentry');
}

/**
 * The wrong passwords that the directory counts for somebody at present.
 * @param windowSeconds after which it forgets them; undefined: never
 * @returns undefined where the entry does not say
 */
export function countedFailures(
  entry: DirectoryEntry,
  windowSeconds: number | undefined,
  nowMs: number,
): number | undefined {
  const sinceMs = windowSeconds === undefined ? -Infinity : nowMs - windowSeconds * 1000 - clockDifferenceMs;
  return badPasswords(entry, sinceMs) ?? failureTimes(entry, sinceMs) ?? retries(entry, nowMs);
}

/** `badPwdCount` stays when its time is over, until the next bind (MS-SAMR section 3.1.5.14.5 is where it is judged). */
function badPasswords(entry: DirectoryEntry, sinceMs: number): number | undefined {
  const count = whole(entry.text('badPwdCount'));
  if (count === undefined) return undefined;
  const lastMs = filetimeMs(entry.text('badPasswordTime'));
  return lastMs === undefined || lastMs < sinceMs ? 0 : count;
}

/** One value for each failure (section 5.3.4 of the draft). None may also mean that they may not be read. */
function failureTimes(entry: DirectoryEntry, sinceMs: number): number | undefined {
  const times = entry.texts('pwdFailureTime').map(generalizedTimeMs);
  if (times.length === 0) return undefined;
  return times.filter((time) => time === undefined || time >= sinceMs).length;
}

function retries(entry: DirectoryEntry, nowMs: number): number | undefined {
  const count = whole(entry.text('passwordRetryCount'));
  if (count === undefined) return undefined;
  const resetMs = generalizedTimeMs(entry.text('retryCountResetTime'));
  return resetMs !== undefined && resetMs < nowMs - clockDifferenceMs ? 0 : count;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
