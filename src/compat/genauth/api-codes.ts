import type { ErrorCode } from '../../common/error-codes';

/** What the envelope says of an error: the class in `statusCode`, and the exact kind in `apiCode` where there is one. */
export interface ApiStatus {
  readonly statusCode: number;
  readonly apiCode?: number;
}

/** The numbers that GenAuth has for what can happen here. */
export const apiCodes = {
  accountLocked: 2005,
  wrongOldPassword: 2006,
  unknownApp: 2011,
  notSignedIn: 2020,
  mustResetPassword: 2058,
  wrongLogin: 2333,
  accountDisabled: 2120008,
} as const;

const badRequest: ApiStatus = { statusCode: 400 };
const notSignedIn: ApiStatus = { statusCode: 401, apiCode: apiCodes.notSignedIn };
const notFound: ApiStatus = { statusCode: 404 };
const mustResetPassword: ApiStatus = { statusCode: 403, apiCode: apiCodes.mustResetPassword };
const accountDisabled: ApiStatus = { statusCode: 403, apiCode: apiCodes.accountDisabled };

/** Only the classes that GenAuth documents, because its clients know no others: 405 becomes 404 and 415 becomes 400. */
export const apiStatuses: Readonly<Record<ErrorCode, ApiStatus>> = {
  VALIDATION_ERROR: badRequest,
  INVALID_JSON: badRequest,
  INVALID_SCOPE: badRequest,
  UNSUPPORTED_GRANT_TYPE: badRequest,
  UNSUPPORTED_TOKEN_TYPE: badRequest,
  INSUFFICIENT_SCOPE: { statusCode: 403 },
  UNSUPPORTED_MEDIA_TYPE: badRequest,
  UNAUTHORIZED: notSignedIn,
  INVALID_TOKEN: notSignedIn,
  TOKEN_EXPIRED: notSignedIn,
  NO_REFRESH_COOKIE: notSignedIn,
  REFRESH_TOKEN_INVALID: notSignedIn,
  REFRESH_TOKEN_EXPIRED: notSignedIn,
  REFRESH_TOKEN_REUSED: notSignedIn,
  INVALID_CLIENT: { statusCode: 401, apiCode: apiCodes.unknownApp },
  PASSWORD_EXPIRED: mustResetPassword,
  PASSWORD_MUST_CHANGE: mustResetPassword,
  ACCOUNT_DISABLED: accountDisabled,
  ACCOUNT_EXPIRED: accountDisabled,
  ACCOUNT_LOCKED: { statusCode: 403, apiCode: apiCodes.accountLocked },
  LOGON_NOT_ALLOWED: { statusCode: 403 },
  FORBIDDEN: { statusCode: 403 },
  ORIGIN_NOT_ALLOWED: { statusCode: 403 },
  NOT_FOUND: notFound,
  METHOD_NOT_ALLOWED: notFound,
  REQUEST_TIMEOUT: badRequest,
  URI_TOO_LONG: badRequest,
  HEADERS_TOO_LARGE: badRequest,
  PAYLOAD_TOO_LARGE: { statusCode: 413 },
  PASSWORD_REJECTED: { statusCode: 422 },
  TOO_MANY_REQUESTS: { statusCode: 429 },
  INTERNAL_ERROR: { statusCode: 500 },
  SERVICE_UNAVAILABLE: { statusCode: 503 },
};
