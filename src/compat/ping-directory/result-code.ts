/** The LDAP results that this door answers with (RFC 4511 appendix A), by the camelCase names of the API. */
const resultValues = {
  success: 0,
  protocolError: 2,
  timeLimitExceeded: 3,
  authMethodNotSupported: 7,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  constraintViolation: 19,
  noSuchObject: 32,
  invalidDNSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
  other: 80,
} as const;

export type ResultName = keyof typeof resultValues;

/** `resultCode` as the API writes it. */
export interface ResultCode {
  readonly value: number;
  readonly name: ResultName;
}

export function resultCode(name: ResultName): ResultCode {
  return { value: resultValues[name], name };
}

/** The HTTP status of a result. The API documents 200 only; the others are our choice (docs/compat.md). */
export const statusOfResult: Readonly<Record<ResultName, number>> = {
  success: 200,
  protocolError: 400,
  timeLimitExceeded: 504,
  authMethodNotSupported: 400,
  adminLimitExceeded: 400,
  unavailableCriticalExtension: 400,
  constraintViolation: 403,
  noSuchObject: 401,
  invalidDNSyntax: 400,
  inappropriateAuthentication: 401,
  invalidCredentials: 401,
  insufficientAccessRights: 403,
  busy: 503,
  unavailable: 503,
  unwillingToPerform: 403,
  other: 500,
};
