import {
  ConstraintViolationError,
  InvalidCredentialsError,
  InappropriateAuthError,
  NoSuchObjectError,
  PasswordPolicyControl,
  UnavailableError,
  UnwillingToPerformError,
} from 'ldapts';
import { refusalOf } from './bind-reasons';
import { PasswordPolicyAnswer } from './password-policy';

const silent = new PasswordPolicyAnswer();

function policyError(error: number): PasswordPolicyAnswer {
  const answer = new PasswordPolicyAnswer();
  for (const control of answer.controls)
    if (control instanceof PasswordPolicyControl) control.value = { error };
  return answer;
}

function activeDirectory(code: string): Error {
  return new InvalidCredentialsError(
    `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${code}, v1db1`,
  );
}

describe('the sub-codes of Active Directory', () => {
  it.each([
    ['530', 'logon_not_allowed'],
    ['531', 'logon_not_allowed'],
    ['532', 'password_expired'],
    ['533', 'account_disabled'],
    ['701', 'account_expired'],
    ['773', 'password_must_change'],
  ])('%s tells the owner of the right password: %s', (code, reason) => {
    expect(refusalOf(activeDirectory(code), silent)).toMatchObject({ reason, passwordWasRight: true });
  });

  it.each([
    ['525', 'invalid_credentials'],
    ['52e', 'invalid_credentials'],
    ['52E', 'invalid_credentials'],
    ['775', 'account_locked'],
    ['0', 'invalid_credentials'],
    ['5ff', 'invalid_credentials'],
  ])('%s tells nobody more than a wrong password; the log has %s', (code, logged) => {
    const refusal = refusalOf(activeDirectory(code), silent);
    expect(refusal).toMatchObject({ reason: 'invalid_credentials', passwordWasRight: false });
    expect(refusal?.logReason).toContain(logged);
  });
});

describe('the password policy control', () => {
  it('tells of an expired password, which comes after the right one only', () => {
    expect(refusalOf(new InvalidCredentialsError(''), policyError(0))).toMatchObject({
      reason: 'password_expired',
      passwordWasRight: true,
    });
  });

  it('tells of a lock only in the log, since it comes after any password', () => {
    expect(refusalOf(new InvalidCredentialsError(''), policyError(1))).toEqual({
      accepted: false,
      reason: 'invalid_credentials',
      passwordWasRight: false,
      logReason: 'account_locked (policy)',
    });
  });
});

describe('what 389 Directory Server says in words', () => {
  it.each([
    [new UnwillingToPerformError('Account inactivated. Contact system administrator.'), 'account_disabled'],
    [new ConstraintViolationError('Exceed password retry limit. Please try later.'), 'account_locked'],
    [new UnwillingToPerformError('Too many failed logins.\n'), 'account_locked'],
    [new UnwillingToPerformError('Entry permanently locked.\n'), 'account_locked'],
    [new UnwillingToPerformError('Account (Kerberos principal) is expired'), 'account_expired'],
  ])('%s goes to the log only, since it comes before the password is looked at', (error, logged) => {
    const refusal = refusalOf(error, policyError(1));
    expect(refusal).toMatchObject({ reason: 'invalid_credentials', passwordWasRight: false });
    expect(refusal?.logReason).toContain(logged);
  });

  it('tells of an expired password, which it looks at last', () => {
    expect(refusalOf(new InvalidCredentialsError('password expired!'), policyError(0))).toMatchObject({
      reason: 'password_expired',
      passwordWasRight: true,
    });
  });
});

describe('other results of a bind', () => {
  it.each([new NoSuchObjectError(''), new InappropriateAuthError('')])(
    'takes %s for a wrong name or password, so that nobody learns which names exist',
    (error) => {
      expect(refusalOf(error, silent)).toMatchObject({
        reason: 'invalid_credentials',
        passwordWasRight: false,
      });
    },
  );

  it.each([
    new UnavailableError('later'),
    new UnwillingToPerformError('no simple binds today'),
    new ConstraintViolationError('something else'),
    new Error('BindRequest: Operation timed out'),
    Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
  ])('takes %s for no verdict', (error) => {
    expect(refusalOf(error, silent)).toBeUndefined();
  });
});
