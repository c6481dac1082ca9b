import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorDialect, errorReply } from './error-reply';
import { toGatehouseError } from './error-translation';
import { GatehouseError } from './gatehouse-error';
import { type Locale, prefersProblemJson } from './locale';
import type { ThrottleLimit } from './instruments';
import type { Logger } from './logger';
import { RefusalLog } from './refusal-log';
import { ReplyDrafts } from './reply-drafts';
import { requestContext } from './request-context';
import type { RouteTable } from './route-table';
import { describeError, whereThrown } from './system-error';

declare module 'fastify' {
  interface FastifyRequest {
    /** True for one that was refused in a flood: the log has its number and no line of it. */
    isCountedInLog: boolean;
  }
}

export interface ErrorFilterOptions {
  /** For errors that come before anybody has looked at `Accept-Language`. */
  readonly defaultLocale: Locale;
  /** Who writes the errors of some paths; all others get the native form. */
  readonly dialects: readonly ErrorDialect[];
  /** Is told of each request that a limit turns away. */
  readonly onLimit?: (limit: ThrottleLimit) => void;
}

const native: ErrorDialect = { paths: /^/, write: errorReply };

/** The one way out for errors: everything that was thrown becomes a coded answer here, and a line in the log. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly drafts = new ReplyDrafts();
  private readonly refusals: RefusalLog;

  constructor(
    private readonly logger: Logger,
    private readonly routes: RouteTable,
    private readonly options: ErrorFilterOptions,
  ) {
    this.refusals = new RefusalLog(logger);
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also called for the errors that Fastify meets before there is a route. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.withAllowedMethods(toGatehouseError(thrown), request);
    const context = request.context ?? requestContext(request, this.options.defaultLocale);
    if (isGone(request)) {
      this.logger.debug({ requestId: context.requestId }, 'the client went away');
      return;
    }
    this.count(error);
    this.log(error, context.requestId);
    const asProblem = prefersProblemJson(request.headers);
    const options = { ...context, asProblem };
    const { write, writeFor } = this.dialectOf(request);
    const { status, headers, body } = writeFor ? writeFor(error, options, request) : write(error, options);
    const everywhere = { 'X-Request-Id': context.requestId, 'Cache-Control': 'no-store' };
    void reply
      .status(status)
      .headers({ ...everywhere, ...headers })
      .send(body);
  }

  /**
   * The same answer for a request that is turned away before anything else is done for it, at little cost: there may be thousands in a
   * second. `error` is one that is kept for many requests. Past a few in a second they are counted in the log instead of listed.
   */
  refuse(error: GatehouseError, request: FastifyRequest, reply: FastifyReply): void {
    const context = request.context ?? requestContext(request, this.options.defaultLocale);
    this.count(error);
    if (this.refusals.takesLine(error)) this.log(error, context.requestId);
    else request.isCountedInLog = true;
    const asProblem = prefersProblemJson(request.headers);
    const options = { ...context, asProblem };
    const { write, writeFor } = this.dialectOf(request);
    const { status, headers, body } = writeFor
      ? writeFor(error, options, request)
      : this.drafts.write(error, write, options);
    void reply.status(status).headers(headers).send(body);
  }

  /** Logs what has only been counted. To be called at the end. */
  close(): void {
    this.refusals.flush();
  }

  /** By the path as the router reads it; a route may be written in the URL in more than one way. */
  private dialectOf(request: FastifyRequest): ErrorDialect {
    const known = [request.routeOptions.url, routedPath(request.url)].filter((path) => path !== undefined);
    return this.options.dialects.find(({ paths }) => known.some((path) => paths.test(path))) ?? native;
  }

  /** A path that exists for other methods is 405 with `Allow` (RFC 9110 section 15.5.6), not 404. */
  private withAllowedMethods(error: GatehouseError, request: FastifyRequest): GatehouseError {
    if (error.code !== 'NOT_FOUND') return error;
    const methods = this.routes.methodsOf(routedPath(request.url));
    if (methods.length === 0 || methods.includes(request.method)) return error;
    return new GatehouseError('METHOD_NOT_ALLOWED', { headers: { Allow: methods.join(', ') } });
  }

  private count({ options: { limit } }: GatehouseError): void {
    if (limit !== undefined) this.options.onLimit?.(limit);
  }

  private log(error: GatehouseError, requestId: string): void {
    const { detail, cause } = error.options;
    if (error.code === 'INTERNAL_ERROR') {
      const where = whereThrown(cause ?? error);
      this.logger.error({ requestId, code: error.code, detail, ...where }, 'request failed');
      return;
    }
    const fields = { requestId, code: error.code, detail, cause: cause && describeError(cause) };
    if (error.status >= 500) this.logger.warn(fields, 'request could not be answered');
    else this.logger.debug(fields, 'request refused');
  }
}

/** The router undoes percent-encoding, except of characters that mean something in a URL, and ends the path at `?` or `#`. */
function routedPath(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** Nobody reads an answer any more; that is no fault of ours. */
function isGone(request: FastifyRequest): boolean {
  return request.raw.destroyed && !request.raw.complete;
}
