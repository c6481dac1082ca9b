import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestTrace, Tracing } from './ops/tracing/tracing';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where traces are on. */
    trace: RequestTrace | undefined;
  }
}

/** Gives every request a span, within which everything runs that is done for it. To be called before other hooks are added. */
export function traceRequests(server: FastifyInstance, tracing: Tracing): void {
  server.decorateRequest('trace', undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    request.trace = tracing.begin({
      raw: request.raw,
      method: request.method,
      route: request.routeOptions.url ?? '(none)',
      requestId: request.id,
    });
    done();
  });
  // What was begun before the body was read goes on in the context of the connection, which is nobody's.
  server.addHook('preValidation', (request, _reply, done) => within(tracing, request, done));
}

/** Runs a task within the span of a request, if it has one. */
export function within(tracing: Tracing | undefined, { trace }: FastifyRequest, task: () => void): void {
  if (tracing && trace) tracing.within(trace, task);
  else task();
}
