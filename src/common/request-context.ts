import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { chooseLocale, type Locale } from './locale';

/** What the gateway knows of a request before any controller runs. */
export interface RequestContext {
  /** Echoed as `X-Request-Id` and written to every log line. */
  readonly requestId: string;
  /** The client's address: the socket's peer, or what trusted proxies say of it. */
  readonly address: string;
  readonly userAgent: string;
  readonly locale: Locale;
  /** Whether the client has closed its connection, so that it reads no answer any more; absent where there is none. */
  readonly hasLeft?: () => boolean;
}

const longestUserAgent = 256;

export function requestContext(request: FastifyRequest, defaultLocale: Locale): RequestContext {
  return {
    requestId: request.id,
    address: request.ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, longestUserAgent),
    locale: chooseLocale(request.headers, defaultLocale),
    hasLeft: () => request.raw.socket.destroyed || request.raw.socket.readableEnded,
  };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the first hook of every request. */
    context: RequestContext | undefined;
  }
}

/** Hands a controller the context of the request. */
export const Context = createParamDecorator((_data: unknown, host: ExecutionContext): RequestContext => {
  const { context } = host.switchToHttp().getRequest<FastifyRequest>();
  if (context === undefined)
    throw new Error('The request has no context: was the gateway built by createGateway?');
  return context;
});
