import { type ErrorDialect, type ErrorReply, errorReply, type ReplyOptions } from '../../common/error-reply';
import { GatehouseError } from '../../common/gatehouse-error';
import { failureOf } from './failure';
import { LoginRefused } from './login-refused';

/** Writes the errors below `/directory/v1`: `resultCode` and `diagnosticMessage`, in English, as JSON. */
export const pingDirectoryErrors: ErrorDialect = { paths: /^\/directory\/v1(?:\/|$)/, write };

function write(error: GatehouseError, options: ReplyOptions): ErrorReply {
  const { status, body } = failureOf(error);
  const { headers } = errorReply(asChallenge(error, status), { ...options, locale: 'en', asProblem: false });
  const controls = error instanceof LoginRefused ? error.controls : [];
  return { status, headers, body: { ...body, ...(controls.length > 0 && { _controls: controls }) } };
}

/** What our own API answers 403 and this one 401 needs a challenge all the same (RFC 9110 section 15.5.2). */
function asChallenge(error: GatehouseError, status: number): GatehouseError {
  return status === 401 && error.status !== 401 ? new GatehouseError('UNAUTHORIZED', error.options) : error;
}
