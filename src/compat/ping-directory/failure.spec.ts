import { type ErrorCode, errorDefinitions } from '../../common/error-codes';
import { GatehouseError } from '../../common/gatehouse-error';
import { failureOf } from './failure';

const codes = Object.keys(errorDefinitions).filter((code): code is ErrorCode => code in errorDefinitions);

describe('failureOf', () => {
  it.each([
    ['UNAUTHORIZED', 401, 49, 'invalidCredentials', 'invalid_credentials'],
    ['PASSWORD_EXPIRED', 401, 49, 'invalidCredentials', 'password_expired'],
    ['ACCOUNT_LOCKED', 401, 49, 'invalidCredentials', 'account_locked'],
    ['ACCOUNT_DISABLED', 401, 49, 'invalidCredentials', 'account_disabled'],
    ['ACCOUNT_EXPIRED', 401, 49, 'invalidCredentials', 'account_expired'],
    ['PASSWORD_MUST_CHANGE', 403, 53, 'unwillingToPerform', 'password_must_change'],
    ['LOGON_NOT_ALLOWED', 403, 53, 'unwillingToPerform', 'logon_not_allowed'],
    ['INVALID_TOKEN', 401, 49, 'invalidCredentials', undefined],
    ['PASSWORD_REJECTED', 403, 19, 'constraintViolation', undefined],
    ['FORBIDDEN', 403, 50, 'insufficientAccessRights', undefined],
    ['VALIDATION_ERROR', 400, 2, 'protocolError', undefined],
    ['INVALID_JSON', 400, 2, 'protocolError', undefined],
    ['NOT_FOUND', 404, 32, 'noSuchObject', undefined],
    ['METHOD_NOT_ALLOWED', 405, 2, 'protocolError', undefined],
    ['PAYLOAD_TOO_LARGE', 413, 11, 'adminLimitExceeded', undefined],
    ['UNSUPPORTED_MEDIA_TYPE', 415, 2, 'protocolError', undefined],
    ['TOO_MANY_REQUESTS', 429, 51, 'busy', undefined],
    ['SERVICE_UNAVAILABLE', 503, 52, 'unavailable', undefined],
    ['INTERNAL_ERROR', 500, 80, 'other', undefined],
  ] as const)('answers %s with %d and result %d', (code, status, value, name, reason) => {
    const failure = failureOf(new GatehouseError(code, { detail: 'canary' }));
    expect(failure).toMatchObject({ status, body: { resultCode: { value, name } } });
    expect(failure.reason).toBe(reason);
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  it.each(codes)('has an answer for %s that is a failure of the same class', (code) => {
    const { status, body } = failureOf(new GatehouseError(code));
    expect(Math.floor(status / 100)).toBe(Math.floor(errorDefinitions[code].status / 100));
    expect(body.resultCode.value).toBeGreaterThan(0);
    expect(body.diagnosticMessage).toBe(errorDefinitions[code].text.en);
  });

  it('names the faulty fields', () => {
    const fields = [{ campo: 'credentials', text: { es: 'es obligatorio', en: 'is required' } }];
    expect(failureOf(new GatehouseError('VALIDATION_ERROR', { fields })).body.diagnosticMessage).toBe(
      'The submitted data is not valid; credentials is required',
    );
  });
});
