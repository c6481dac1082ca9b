import { HttpException } from '@nestjs/common';
import type { ErrorCode } from './error-codes';
import { GatehouseError } from './gatehouse-error';
import { describeError, systemErrorCode } from './system-error';

/** The errors that Fastify itself throws before a controller runs. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION_ERROR',
  FST_ERR_BAD_URL: 'VALIDATION_ERROR',
  FST_ERR_MAX_PARAM_LENGTH: 'NOT_FOUND',
};

/** The errors that Nest throws. */
const codesOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'VALIDATION_ERROR',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/** Turns anything that was thrown into an error with a code. What nobody foresaw becomes INTERNAL_ERROR. */
export function toGatehouseError(thrown: unknown): GatehouseError {
  if (thrown instanceof GatehouseError) return thrown;
  const code = codeOf(thrown);
  // Nest puts the URL into it, whose query may hold a secret.
  if (code === 'NOT_FOUND') return new GatehouseError(code);
  // Nobody knows what its message holds.
  if (code === 'INTERNAL_ERROR') return new GatehouseError(code, { cause: thrown });
  return new GatehouseError(code, { detail: describeError(thrown), cause: thrown });
}

function codeOf(thrown: unknown): ErrorCode {
  const frameworkCode = frameworkCodes[systemErrorCode(thrown) ?? ''];
  if (frameworkCode) return frameworkCode;
  if (thrown instanceof HttpException) return codesOfStatus[thrown.getStatus()] ?? 'INTERNAL_ERROR';
  return 'INTERNAL_ERROR';
}
