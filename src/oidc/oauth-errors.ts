import type { ErrorCode } from '../common/error-codes';
import { type ErrorDialect, type ErrorReply, retryAfter } from '../common/error-reply';
import type { GatehouseError } from '../common/gatehouse-error';

/** The error codes of RFC 6749 section 5.2, RFC 6750 section 3.1 and RFC 7009 section 2.2.1, and the two of RFC 6749 section 4.1.2.1 for faults of ours. */
export const oauthErrorNames = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_token',
  'insufficient_scope',
  'unsupported_token_type',
  'access_denied',
  'temporarily_unavailable',
  'server_error',
] as const;
export type OAuthErrorName = (typeof oauthErrorNames)[number];

/** A refresh token that is not good is a fault of the request, not of who asks, so it is 400 (RFC 6749 section 5.2). */
const invalidGrant = { name: 'invalid_grant', status: 400 } as const;
const named: Partial<Record<ErrorCode, { readonly name: OAuthErrorName; readonly status?: number }>> = {
  INVALID_CLIENT: { name: 'invalid_client' },
  REFRESH_TOKEN_INVALID: invalidGrant,
  REFRESH_TOKEN_EXPIRED: invalidGrant,
  REFRESH_TOKEN_REUSED: invalidGrant,
  UNSUPPORTED_GRANT_TYPE: { name: 'unsupported_grant_type' },
  INVALID_SCOPE: { name: 'invalid_scope' },
  UNAUTHORIZED: { name: 'invalid_token' },
  INVALID_TOKEN: { name: 'invalid_token' },
  TOKEN_EXPIRED: { name: 'invalid_token' },
  INSUFFICIENT_SCOPE: { name: 'insufficient_scope' },
  UNSUPPORTED_TOKEN_TYPE: { name: 'unsupported_token_type' },
  FORBIDDEN: { name: 'access_denied' },
  ORIGIN_NOT_ALLOWED: { name: 'access_denied' },
  TOO_MANY_REQUESTS: { name: 'temporarily_unavailable' },
  SERVICE_UNAVAILABLE: { name: 'temporarily_unavailable' },
  INTERNAL_ERROR: { name: 'server_error' },
};

/** How everything under `/oidc/` says that it cannot: RFC 6749 section 5.2, in English, as its charset allows nothing else. */
export const oauthErrors: ErrorDialect = { paths: /^\/oidc(?:\/|$)/, write: oauthErrorReply };

/** Writes an error as OAuth clients read it. Pure; holds only what may go to a client. */
export function oauthErrorReply(error: GatehouseError): ErrorReply {
  const { name, status = error.status } = named[error.code] ?? { name: 'invalid_request' };
  const description = descriptionOf(error);
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      Pragma: 'no-cache',
      ...retryAfter(error),
      ...challenge(error, name, description),
      ...error.options.headers,
    },
    body: { error: name, error_description: description },
  };
}

/** RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E. */
function descriptionOf({ text, options }: GatehouseError): string {
  const faults = (options.fields ?? []).map((fault) => `${fault.campo} ${fault.text.en}`);
  const whole = faults.length > 0 ? `${text.en}: ${faults.join(', ')}` : text.en;
  return whole.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
}

/** RFC 6750 section 3: the code stands there only where there was a token. `invalid_client` brings its own challenge, or none. */
function challenge(error: GatehouseError, name: OAuthErrorName, description: string): Record<string, string> {
  const isOfToken = name === 'invalid_token' || name === 'insufficient_scope';
  if (!isOfToken) return {};
  const bare = 'Bearer realm="gatehouse"';
  if (error.code === 'UNAUTHORIZED') return { 'WWW-Authenticate': bare };
  const scope = name === 'insufficient_scope' ? ', scope="openid"' : '';
  return { 'WWW-Authenticate': `${bare}, error="${name}", error_description="${description}"${scope}` };
}
