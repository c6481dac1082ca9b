import { type ErrorDialect, type ErrorReply, type ReplyOptions, retryAfter } from '../../common/error-reply';
import type { GatehouseError } from '../../common/gatehouse-error';
import { type ApiStatus, apiStatuses } from './api-codes';
import { GenAuthError } from './genauth-error';

/** How a success under `/api/v3/` is written. */
export interface ApiEnvelope<T> {
  readonly statusCode: 200;
  readonly message: string;
  readonly data: T;
}

export function apiSuccess<T>(data: T): ApiEnvelope<T> {
  return { statusCode: 200, message: 'Success', data };
}

/**
 * How every error under `/api/v3/` is written: HTTP 200 whatever happened, because clients of GenAuth look at `statusCode` and throw
 * away the body of any other HTTP status. Texts are English, which those clients know.
 */
export const genAuthErrors = { paths: /^\/api\/v3(\/|$)/, write: writeError } satisfies ErrorDialect;

function writeError(error: GatehouseError, { requestId }: ReplyOptions): ErrorReply {
  const { statusCode, apiCode } = apiStatusOf(error);
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Language': 'en',
      ...retryAfter(error),
      ...rateLimitHeaders(error),
    },
    body: {
      statusCode,
      message: messageOf(error),
      ...(apiCode !== undefined && { apiCode }),
      // GenAuth's answer to too many requests has these two members alone.
      ...(error.code !== 'TOO_MANY_REQUESTS' && { requestId }),
    },
  };
}

function apiStatusOf(error: GatehouseError): ApiStatus {
  return error instanceof GenAuthError ? error.api : apiStatuses[error.code];
}

function messageOf({ text, options: { fields } }: GatehouseError): string {
  if (!fields) return text.en;
  return `${text.en}: ${fields.map((fault) => `${fault.campo} ${fault.text.en}`).join(', ')}`;
}

/** The other headers of an error, `WWW-Authenticate` and `Allow`, belong to a status that is not given. */
function rateLimitHeaders({ options: { headers = {} } }: GatehouseError): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('RateLimit-')));
}
