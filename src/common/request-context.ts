import type { FastifyRequest } from 'fastify';
import type { Locale } from './locale';

/** What the gateway knows of a request before any controller runs. */
export interface RequestContext {
  /** Echoed as `X-Request-Id` and written to every log line. */
  readonly requestId: string;
  /** The client's address: the socket's peer, or what trusted proxies say of it. */
  readonly address: string;
  readonly userAgent: string;
  readonly locale: Locale;
}

const longestUserAgent = 256;

/** Reads the context off a request. Pure: the same request gives the same context. */
export function contextOf(request: FastifyRequest, locale: Locale): RequestContext {
  return {
    requestId: request.id,
    address: request.ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, longestUserAgent),
    locale,
  };
}
