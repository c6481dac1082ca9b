import type { RefusalReason } from '../../credential-strategy';
import type { BindOutcome } from './bind-outcome';
import { invalidCredentials, resultCodeOf } from '../connection/directory-failure';
import type { PasswordPolicyAnswer } from './password-policy';
import { describeError } from '../../../common/system-error';

export type BindRefusal = Extract<BindOutcome, { accepted: false }>;

const constraintViolation = 19;
const noSuchObject = 32;
const inappropriateAuthentication = 48;
const unwillingToPerform = 53;

interface Meaning {
  readonly reason: RefusalReason;
  /** Whether the directory says so only after a right password. What it says after any one tells strangers who exists. */
  readonly afterRightPassword: boolean;
}

/**
 * What follows `data` in the diagnostic of Active Directory: Win32 codes (MS-ERREF section 2.2). It judges the password before
 * all of them but the lock, so only 775 comes for right and wrong passwords alike; Samba does the same, as the tests show.
 */
const activeDirectoryCodes: ReadonlyMap<string, Meaning> = new Map([
  ['525', { reason: 'invalid_credentials', afterRightPassword: false }],
  ['52e', { reason: 'invalid_credentials', afterRightPassword: false }],
  ['530', { reason: 'logon_not_allowed', afterRightPassword: true }],
  ['531', { reason: 'logon_not_allowed', afterRightPassword: true }],
  ['532', { reason: 'password_expired', afterRightPassword: true }],
  ['533', { reason: 'account_disabled', afterRightPassword: true }],
  ['701', { reason: 'account_expired', afterRightPassword: true }],
  ['773', { reason: 'password_must_change', afterRightPassword: true }],
  ['775', { reason: 'account_locked', afterRightPassword: false }],
]);

interface KnownText extends Meaning {
  readonly result: number;
  readonly text: RegExp;
}

/**
 * What 389 Directory Server (also in FreeIPA and RHDS) says in words only. It looks for a lock before it looks at the password
 * and for the age afterwards (`do_bind` in its bind.c), so that only the latter comes after a right password.
 */
const knownTexts: readonly KnownText[] = [
  {
    result: unwillingToPerform,
    text: /account inactivated/i,
    reason: 'account_disabled',
    afterRightPassword: false,
  },
  {
    result: unwillingToPerform,
    text: /permanently locked|too many failed logins/i,
    reason: 'account_locked',
    afterRightPassword: false,
  },
  {
    result: unwillingToPerform,
    text: /\(kerberos principal\) is expired/i,
    reason: 'account_expired',
    afterRightPassword: false,
  },
  {
    result: constraintViolation,
    text: /exceed password retry limit/i,
    reason: 'account_locked',
    afterRightPassword: false,
  },
  {
    result: invalidCredentials,
    text: /password expired/i,
    reason: 'password_expired',
    afterRightPassword: true,
  },
];

/**
 * Some servers answer the bind of an unknown DN with 32 and that of an entry without a password with 48 where RFC 4511 appendix
 * A.2 has them say 49. Anything but a refusal would show strangers which of the names exist.
 */
const wrongNameOrPassword: readonly number[] = [
  invalidCredentials,
  noSuchObject,
  inappropriateAuthentication,
];

/** The refusal that a failed bind means, or undefined when it was no refusal of this name and password. */
export function refusalOf(error: unknown, policy: PasswordPolicyAnswer): BindRefusal | undefined {
  const result = resultCodeOf(error);
  const text = describeError(error);
  const known = knownTexts.find((one) => one.result === result && one.text.test(text));
  if (known) return refusal(known, `result ${known.result}`);
  if (result === undefined || !wrongNameOrPassword.includes(result)) return undefined;
  const code = /\bdata ([0-9a-f]{3,8})\b/i.exec(text)?.[1]?.toLowerCase();
  if (code !== undefined) return activeDirectoryRefusal(code);
  if (policy.saysExpired) return refusal({ reason: 'password_expired', afterRightPassword: true }, 'policy');
  if (policy.saysLocked) return refusal({ reason: 'account_locked', afterRightPassword: false }, 'policy');
  return refusal({ reason: 'invalid_credentials', afterRightPassword: false }, `result ${result}`);
}

function activeDirectoryRefusal(code: string): BindRefusal {
  const meaning = activeDirectoryCodes.get(code);
  return refusal(meaning ?? { reason: 'invalid_credentials', afterRightPassword: false }, `data ${code}`);
}

function refusal({ reason, afterRightPassword }: Meaning, source: string): BindRefusal {
  return {
    accepted: false,
    reason: afterRightPassword ? reason : 'invalid_credentials',
    passwordWasRight: afterRightPassword,
    logReason: `${reason} (${source})`,
  };
}
