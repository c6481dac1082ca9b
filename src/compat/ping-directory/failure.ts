import type { ErrorCode } from '../../common/error-codes';
import type { GatehouseError } from '../../common/gatehouse-error';
import type { RefusalReason } from '../../strategies/credential-strategy';
import { RequestRefused } from './request-refused';
import { type ResultCode, resultCode, type ResultName, statusOfResult } from './result-code';

/** What a failed request is answered with. */
export interface Failure {
  readonly status: number;
  readonly body: { readonly resultCode: ResultCode; readonly diagnosticMessage: string };
  /** What a source said of the account, for the response controls of a login; undefined where none said anything. */
  readonly reason?: RefusalReason;
}

interface Meaning {
  readonly result: ResultName;
  /** Where it is not the one of the result. */
  readonly status?: number;
  readonly reason?: RefusalReason;
}

/**
 * Accounts that cannot be used are invalidCredentials, as LDAP servers answer their bind (draft-behera-ldap-password-policy section 6):
 * the controls and the message tell more. What the server could do and will not is unwillingToPerform.
 */
const meanings: Readonly<Partial<Record<ErrorCode, Meaning>>> = {
  UNAUTHORIZED: { result: 'invalidCredentials', reason: 'invalid_credentials' },
  PASSWORD_EXPIRED: { result: 'invalidCredentials', reason: 'password_expired' },
  ACCOUNT_DISABLED: { result: 'invalidCredentials', reason: 'account_disabled' },
  ACCOUNT_EXPIRED: { result: 'invalidCredentials', reason: 'account_expired' },
  ACCOUNT_LOCKED: { result: 'invalidCredentials', reason: 'account_locked' },
  PASSWORD_MUST_CHANGE: { result: 'unwillingToPerform', reason: 'password_must_change' },
  LOGON_NOT_ALLOWED: { result: 'unwillingToPerform', reason: 'logon_not_allowed' },
  PASSWORD_REJECTED: { result: 'constraintViolation' },
  PAYLOAD_TOO_LARGE: { result: 'adminLimitExceeded', status: 413 },
  TOO_MANY_REQUESTS: { result: 'busy', status: 429 },
  NOT_FOUND: { result: 'noSuchObject', status: 404 },
};

/** For every other code: the result by its status, which it keeps. */
const resultOfStatus: ReadonlyMap<number, ResultName> = new Map([
  [400, 'protocolError'],
  [401, 'invalidCredentials'],
  [403, 'insufficientAccessRights'],
  [404, 'noSuchObject'],
  [405, 'protocolError'],
  [413, 'adminLimitExceeded'],
  [414, 'adminLimitExceeded'],
  [415, 'protocolError'],
  [422, 'constraintViolation'],
  [429, 'busy'],
  [431, 'adminLimitExceeded'],
  [503, 'unavailable'],
  [504, 'timeLimitExceeded'],
]);

/** The answer to an error of the gateway. The message is the public text in English, with the names of faulty fields. */
export function failureOf(error: GatehouseError): Failure {
  if (error instanceof RequestRefused) {
    const body = { resultCode: error.resultCode, diagnosticMessage: error.text.en };
    return { status: error.resultStatus, body };
  }
  const meaning: Meaning = meanings[error.code] ?? {
    result: resultOfStatus.get(error.status) ?? 'other',
    status: error.status,
  };
  const { result, status = statusOfResult[result], reason } = meaning;
  const fields = (error.options.fields ?? []).map(({ campo, text }) => `${campo} ${text.en}`);
  const diagnosticMessage = [error.text.en, ...fields].join('; ');
  return { status, body: { resultCode: resultCode(result), diagnosticMessage }, ...(reason && { reason }) };
}
