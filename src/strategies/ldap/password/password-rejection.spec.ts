import {
  ConstraintViolationError,
  InsufficientAccessError,
  UnavailableError,
  UnwillingToPerformError,
} from 'ldapts';
import { PasswordNotTaken } from './password-modify';
import { isLackOfRights, passwordRejection } from './password-rejection';

const passwords = { oldPassword: 'canary-old', newPassword: 'canary-new' };

function rejection(cause: Error, policyError?: number) {
  return passwordRejection(new PasswordNotTaken(cause, policyError), passwords);
}

const restriction = (words: string) =>
  new ConstraintViolationError(`0000052D: Constraint violation - check_password_restrictions: ${words}`);

describe('passwordRejection', () => {
  it.each([
    [new ConstraintViolationError('x'), 3, 'You may not change this password'],
    [new ConstraintViolationError('x'), 5, 'The password is not complex enough'],
    [new ConstraintViolationError('x'), 6, 'The password is too short'],
    [new ConstraintViolationError('x'), 7, 'The password was changed too recently to be changed again'],
    [new UnwillingToPerformError('x'), 8, 'The password has been used before'],
    [restriction('the password is too short.'), undefined, 'The password is too short'],
    [
      restriction('the password was already used (in history)!'),
      undefined,
      'The password has been used before',
    ],
    [
      restriction('the password does not meet the complexity criteria!'),
      undefined,
      'The password is not complex enough',
    ],
    [
      restriction('password is too young to change!'),
      undefined,
      'The password was changed too recently to be changed again',
    ],
    [
      // As Windows says it.
      new ConstraintViolationError(
        '0000052D: AtrErr: DSID-03190FD6, #1:\n\t0: 0000052D: DSID-03190FD6, problem 1005',
      ),
      undefined,
      'The password breaks the policy: too short, too simple, used before or changed too recently',
    ],
    [new InsufficientAccessError('00000005: no'), undefined, 'You may not change this password'],
  ])('gives the reason of %s with policy error %s', (cause, policyError, en) => {
    const outcome = rejection(cause, policyError);
    expect(outcome).toMatchObject({ changed: false, reason: 'rejected_by_policy', text: { en } });
    expect(outcome).toHaveProperty('text.es');
  });

  it('gives no reason that it does not understand, but the log has the words', () => {
    const outcome = rejection(new UnwillingToPerformError('read-only today'));
    expect(outcome).toEqual({
      changed: false,
      reason: 'rejected_by_policy',
      detail: 'result 53: read-only today Code: 0x35',
    });
  });

  it.each([
    new ConstraintViolationError('00000056: AtrErr: DSID-03190F80, problem 1005 (CONSTRAINT_ATT_TYPE)'),
    new UnwillingToPerformError('unwilling to verify old password'),
  ])('takes %s for a wrong old password', (cause) => {
    expect(rejection(cause)).toEqual({ changed: false, reason: 'invalid_credentials' });
  });

  it('keeps passwords and floods out of the log', () => {
    const outcome = rejection(new ConstraintViolationError(`canary-new like canary-old ${'x'.repeat(5000)}`));
    const text = JSON.stringify(outcome);
    expect(text).not.toContain('canary');
    expect(text.length).toBeLessThan(500);
  });

  it('throws the original error when it was no refusal', () => {
    const outage = new UnavailableError('later');
    expect(() => rejection(outage)).toThrow(outage);
    const other = new Error('not from a change');
    expect(() => passwordRejection(other, passwords)).toThrow(other);
  });

  it('knows a lack of rights', () => {
    expect(isLackOfRights(new PasswordNotTaken(new InsufficientAccessError(''), undefined))).toBe(true);
    expect(isLackOfRights(new PasswordNotTaken(new ConstraintViolationError(''), undefined))).toBe(false);
    expect(isLackOfRights(new Error('x'))).toBe(false);
  });
});
