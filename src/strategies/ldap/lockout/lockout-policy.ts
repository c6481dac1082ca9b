import type { SourceLockout } from '../../account-at-risk';
import type { DirectoryEntry } from '../entry/directory-entry';

/** When the directory locks an account, and how long passwords live. */
export interface LockoutPolicy {
  /** Where it stands, for an operator: `the domain`, or a DN. */
  readonly source: string;
  /** Undefined or 0: never. */
  readonly failures: number | undefined;
  /** Failures within this time count together; undefined or 0: until a login succeeds. */
  readonly windowSeconds: number | undefined;
  readonly lockedSeconds: number | undefined;
  readonly maxAgeSeconds: number | undefined;
}

/** Of the entry of an Active Directory domain. */
export const domainPolicyAttributes: readonly string[] = [
  'lockoutThreshold',
  'lockOutObservationWindow',
  'lockoutDuration',
  'maxPwdAge',
];

/** Of a fine-grained policy of Active Directory (MS-ADTS section 3.1.1.4.5.38). */
const settingsObjectAttributes: readonly string[] = [
  'msDS-LockoutThreshold',
  'msDS-LockoutObservationWindow',
  'msDS-LockoutDuration',
  'msDS-MaximumPasswordAge',
];

/** Of a policy of draft-behera-ldap-password-policy section 5.2. */
export const subentryPolicyAttributes: readonly string[] = [
  'pwdLockout',
  'pwdMaxFailure',
  'pwdFailureCountInterval',
  'pwdLockoutDuration',
  'pwdMaxAge',
];

/** Of a policy of 389 Directory Server, in `cn=config` or in an entry of its own. */
export const netscapePolicyAttributes: readonly string[] = [
  'passwordLockout',
  'passwordMaxFailure',
  'passwordResetFailureCount',
  'passwordUnlock',
  'passwordLockoutDuration',
  'passwordExp',
  'passwordMaxAge',
];

/** For an entry of which only its reading tells what kind of policy it is. */
export const anyPolicyAttributes: readonly string[] = [
  'objectClass',
  ...settingsObjectAttributes,
  ...subentryPolicyAttributes,
  ...netscapePolicyAttributes,
];

/** An interval of Active Directory counts 100 ns and is negative (MS-ADTS section 3.1.1.3.4.1). */
const ticksPerSecond = 10_000_000;

/** Undefined where the reader may not see when the domain locks. */
export function domainPolicy(entry: DirectoryEntry): LockoutPolicy | undefined {
  if (number(entry, 'lockoutThreshold') === undefined) return undefined;
  return {
    source: 'the domain',
    failures: number(entry, 'lockoutThreshold'),
    windowSeconds: interval(entry, 'lockOutObservationWindow'),
    lockedSeconds: interval(entry, 'lockoutDuration'),
    maxAgeSeconds: interval(entry, 'maxPwdAge'),
  };
}

/** Without `pwdLockout` nothing locks, whatever the other attributes say (section 5.2.8 of the draft). */
export function subentryPolicy(entry: DirectoryEntry): LockoutPolicy {
  const locks = entry.text('pwdLockout')?.toUpperCase() === 'TRUE';
  return {
    source: entry.dn,
    failures: locks ? number(entry, 'pwdMaxFailure') : undefined,
    windowSeconds: number(entry, 'pwdFailureCountInterval'),
    lockedSeconds: number(entry, 'pwdLockoutDuration'),
    maxAgeSeconds: number(entry, 'pwdMaxAge'),
  };
}

/** Undefined where the reader may not see whether it locks. */
export function netscapePolicy(entry: DirectoryEntry): LockoutPolicy | undefined {
  if (entry.text('passwordLockout') === undefined) return undefined;
  return {
    source: entry.dn,
    failures: isOn(entry, 'passwordLockout') ? number(entry, 'passwordMaxFailure') : undefined,
    windowSeconds: number(entry, 'passwordResetFailureCount'),
    lockedSeconds: isOn(entry, 'passwordUnlock') ? number(entry, 'passwordLockoutDuration') : undefined,
    maxAgeSeconds: isOn(entry, 'passwordExp') ? number(entry, 'passwordMaxAge') : undefined,
  };
}

/** The policy that an entry is, of whichever kind; undefined for an entry that shows none. */
export function policyOf(entry: DirectoryEntry): LockoutPolicy | undefined {
  const classes = entry.texts('objectClass').map((name) => name.toLowerCase());
  if (classes.includes('pwdpolicy')) return subentryPolicy(entry);
  return settingsObjectPolicy(entry) ?? netscapePolicy(entry);
}

function settingsObjectPolicy(entry: DirectoryEntry): LockoutPolicy | undefined {
  const failures = number(entry, 'msDS-LockoutThreshold');
  if (failures === undefined) return undefined;
  return {
    source: entry.dn,
    failures,
    windowSeconds: interval(entry, 'msDS-LockoutObservationWindow'),
    lockedSeconds: interval(entry, 'msDS-LockoutDuration'),
    maxAgeSeconds: interval(entry, 'msDS-MaximumPasswordAge'),
  };
}

/** Undefined for a policy that never locks. */
export function lockoutOf({ failures, windowSeconds }: LockoutPolicy): SourceLockout | undefined {
  if (failures === undefined || failures < 1) return undefined;
  return { failures, ...(windowSeconds !== undefined && windowSeconds > 0 && { windowSeconds }) };
}

/**
 * What holds where any of these policies may be somebody's: the lowest number of failures, within the longest time. Undefined where
 * none of them locks.
 */
export function strictestLockout(policies: readonly LockoutPolicy[]): SourceLockout | undefined {
  const lockouts = policies.map(lockoutOf).filter((lockout) => lockout !== undefined);
  if (lockouts.length === 0) return undefined;
  const failures = Math.min(...lockouts.map((lockout) => lockout.failures));
  const windowSeconds = Math.max(...lockouts.map((lockout) => lockout.windowSeconds ?? Infinity));
  return { failures, ...(windowSeconds < Infinity && { windowSeconds }) };
}

function isOn(entry: DirectoryEntry, attribute: string): boolean {
  return /^(?:on|true|1)$/i.test(entry.text(attribute) ?? '');
}

function number(entry: DirectoryEntry, attribute: string): number | undefined {
  const text = entry.text(attribute);
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

/** The most negative number means `never`, which is no time at all here. */
function interval(entry: DirectoryEntry, attribute: string): number | undefined {
  const ticks = number(entry, attribute);
  if (ticks === undefined || ticks < -9e18) return undefined;
  return Math.round(-ticks / ticksPerSecond);
}
