import { PasswordPolicyError } from 'ldapts';
import type { LocalizedText } from '../../../common/locale';
import type { PasswordChange, RefusalReason } from '../../credential-strategy';
import { describeError } from '../../../common/system-error';
import { resultCodeOf } from '../connection/directory-failure';
import { type NewPassword, PasswordNotTaken } from './password-modify';

/** What a change came to. */
export type PasswordChangeOutcome =
  | {
      readonly changed: true;
      /** Undefined only where the directory would not tell after the change; then `logReason` says why. */
      readonly subject?: string;
      readonly logReason?: string;
    }
  | Extract<PasswordChange, { reason: 'rejected_by_policy' }>
  | {
      readonly changed: false;
      readonly reason: RefusalReason;
      /** Why in truth, for the log only. */
      readonly logReason?: string;
    };

const longestDetail = 300;

const strongerAuthRequired = 8;
const constraintViolation = 19;
const insufficientAccessRights = 50;
const unwillingToPerform = 53;
const refusals: readonly number[] = [constraintViolation, insufficientAccessRights, unwillingToPerform];

const tooShort = { es: 'La contraseña es demasiado corta', en: 'The password is too short' };
const inHistory = {
  es: 'La contraseña ya se ha usado antes',
  en: 'The password has been used before',
};
const tooYoung = {
  es: 'La contraseña se cambió hace muy poco y aún no se puede cambiar otra vez',
  en: 'The password was changed too recently to be changed again',
};
const tooSimple = {
  es: 'La contraseña no es lo bastante compleja',
  en: 'The password is not complex enough',
};
const notAllowed = {
  es: 'No tiene permiso para cambiar la contraseña',
  en: 'You may not change this password',
};
/** Active Directory does not tell these apart: result 19 with ERROR_PASSWORD_RESTRICTION for all of them (MS-ERREF, 0x52D). */
const againstPolicy = {
  es: 'La contraseña no cumple la política: es demasiado corta o simple, ya se ha usado o se cambió hace muy poco',
  en: 'The password breaks the policy: too short, too simple, used before or changed too recently',
};

/** draft-behera-ldap-password-policy section 6.2. */
const policyTexts: ReadonlyMap<number, LocalizedText> = new Map([
  [PasswordPolicyError.PasswordModNotAllowed, notAllowed],
  [PasswordPolicyError.InsufficientPasswordQuality, tooSimple],
  [PasswordPolicyError.PasswordTooShort, tooShort],
  [PasswordPolicyError.PasswordTooYoung, tooYoung],
  [PasswordPolicyError.PasswordInHistory, inHistory],
]);

/** Win32 codes that begin a diagnostic of Active Directory: `0000052D: …`. */
const wrongOldPassword = '00000056';
const againstDomainPolicy = '0000052D';
/** slapd says so of an old password that is wrong, and to somebody who may not touch this password. */
const unverified = /unwilling to verify old password/i;

/** RFC 3062 section 2: without a new password the server would make one up and nobody would know it. */
export const emptyPasswordRejection: PasswordChangeOutcome = {
  changed: false,
  reason: 'rejected_by_policy',
  text: tooShort,
  detail: 'the new password is empty, the directory was not asked',
};

/**
 * What the directory's refusal of a new password means. Its own words go to the log, bounded, with both passwords blotted out in
 * case it repeats them.
 * @throws the error of ldapts when it is no refusal
 */
export function passwordRejection(error: unknown, passwords: NewPassword): PasswordChangeOutcome {
  if (!(error instanceof PasswordNotTaken)) throw error;
  const { cause, policyError } = error;
  const result = resultCodeOf(cause);
  if (result === undefined || !refusals.includes(result)) throw cause;
  const words = describeError(cause).trim();
  if (words.startsWith(wrongOldPassword) || unverified.test(words)) {
    return { changed: false, reason: 'invalid_credentials' };
  }
  const text = textOf(words, policyError, result);
  const policy = policyError === undefined ? '' : `, policy error ${policyError}`;
  const detail = `result ${result}${policy}: ${withoutPasswords(words, passwords).slice(0, longestDetail)}`;
  return { changed: false, reason: 'rejected_by_policy', ...(text && { text }), detail };
}

/** True when whoever is bound may not change somebody else's password; slapd has three ways to say so. */
export function isLackOfRights(error: unknown): boolean {
  if (!(error instanceof PasswordNotTaken)) return false;
  const result = resultCodeOf(error.cause);
  if (result === strongerAuthRequired || result === insufficientAccessRights) return true;
  return unverified.test(describeError(error.cause));
}

/** The policy control says it best; Samba says it in words. */
function textOf(words: string, policyError: number | undefined, result: number): LocalizedText | undefined {
  const byPolicy = policyError === undefined ? undefined : policyTexts.get(policyError);
  if (byPolicy) return byPolicy;
  if (words.toUpperCase().startsWith(againstDomainPolicy)) return sambaText(words) ?? againstPolicy;
  return result === insufficientAccessRights ? notAllowed : undefined;
}

function sambaText(words: string): LocalizedText | undefined {
  if (/too short/i.test(words)) return tooShort;
  if (/already used|history/i.test(words)) return inHistory;
  if (/complexity/i.test(words)) return tooSimple;
  return /too young|too recent|minimum age/i.test(words) ? tooYoung : undefined;
}

function withoutPasswords(words: string, { oldPassword, newPassword }: NewPassword): string {
  return words.replaceAll(oldPassword, '[password]').replaceAll(newPassword, '[password]');
}
