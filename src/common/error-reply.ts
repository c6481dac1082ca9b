import type { FastifyRequest } from 'fastify';
import { errorDefinitions } from './error-codes';
import type { GatehouseError } from './gatehouse-error';
import type { Locale } from './locale';

export interface ErrorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A text is sent as it is, by the `Content-Type` of the headers. */
  readonly body: Readonly<Record<string, unknown>> | string;
}

export interface ReplyOptions {
  readonly locale: Locale;
  readonly requestId: string;
  /** RFC 9457 instead of the gateway's own envelope. */
  readonly asProblem: boolean;
}

interface DialectPaths {
  /** Tested against the path alone. Must not have the flag `g`. */
  readonly paths: RegExp;
}

/** Writes any error, also one that comes before there is a route. Gives only what may go to a client. */
export type ErrorWriter = (error: GatehouseError, options: ReplyOptions) => ErrorReply;

/** How the errors of some paths are written, where clients know another form than ours. */
export type ErrorDialect = DialectPaths &
  (
    | { readonly write: ErrorWriter; readonly writeFor?: undefined }
    | {
        /** Where the request says how; it may have no route, and any body or none. What was written for one request serves no other. */
        readonly writeFor: (
          error: GatehouseError,
          options: ReplyOptions,
          request: FastifyRequest,
        ) => ErrorReply;
        readonly write?: undefined;
      }
  );

/** When to come back after an outage whose end nobody knows. */
const defaultRetryAfterSeconds = 5;

/** Writes an error in the native API's form. Pure; holds only what may go to a client. */
export function errorReply(error: GatehouseError, options: ReplyOptions): ErrorReply {
  return {
    status: error.status,
    headers: {
      'Content-Type': `${options.asProblem ? 'application/problem+json' : 'application/json'}; charset=utf-8`,
      'Content-Language': options.locale,
      ...retryAfter(error),
      ...challenge(error),
      ...error.options.headers,
    },
    body: options.asProblem ? problem(error, options) : envelope(error, options),
  };
}

function envelope(error: GatehouseError, { locale, requestId }: ReplyOptions): Record<string, unknown> {
  return {
    status: 'error',
    code: error.code,
    message: error.text[locale],
    ...fieldErrors(error, locale),
    requestId,
  };
}

/** RFC 9457 section 3.1; `code`, `errors` and `requestId` are extension members. */
function problem(error: GatehouseError, { locale, requestId }: ReplyOptions): Record<string, unknown> {
  return {
    type: `urn:gatehouse:error:${error.code}`,
    title: errorDefinitions[error.code].text[locale],
    status: error.status,
    detail: error.text[locale],
    code: error.code,
    ...fieldErrors(error, locale),
    requestId,
  };
}

function fieldErrors(error: GatehouseError, locale: Locale): { errors?: { campo: string; error: string }[] } {
  const { fields } = error.options;
  return fields ? { errors: fields.map(({ campo, text }) => ({ campo, error: text[locale] })) } : {};
}

/** `Retry-After` of an error, where it has one. */
export function retryAfter(error: GatehouseError): Record<string, string> {
  const outage = error.status === 503 ? defaultRetryAfterSeconds : undefined;
  const seconds = error.options.retryAfterSeconds ?? outage;
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}

/** RFC 9110 section 11.6.1 asks for a challenge with each 401; RFC 6750 section 3.1 names the error only for a bad token. */
function challenge(error: GatehouseError): Record<string, string> {
  if (error.status !== 401) return {};
  const badToken = error.code === 'INVALID_TOKEN' || error.code === 'TOKEN_EXPIRED';
  return { 'WWW-Authenticate': `Bearer realm="gatehouse"${badToken ? ', error="invalid_token"' : ''}` };
}
