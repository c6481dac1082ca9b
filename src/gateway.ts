import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule, type Foundations } from './app.module';
import { LoginPlaces } from './auth/login-places';
import { readCookies } from './auth/read-cookies';
import { BrowserAdapter } from './browser-adapter';
import { adjustSecurityHeaders, completeAnswers, protectBrowsers } from './browser-protection';
import { readBodies } from './common/body-forms';
import { answerBrokenRequest } from './common/broken-request';
import { Departure } from './common/departure';
import { ErrorFilter } from './common/error.filter';
import { FrameworkLogger, type Logger } from './common/logger';
import { OriginRefusals } from './common/origin-refusals';
import { requestContext } from './common/request-context';
import { queryParameters } from './common/query-parameters';
import { mostHeaderBytes } from './common/request-shape';
import { RouteTable } from './common/route-table';
import { validationPipe } from './common/validation';
import { WatchedFiles } from './common/watched-files';
import { drainAtEnd } from './drain';
import { errorDialects } from './error-dialects';
import { AuditLog } from './ops/audit-log';
import { type AnsweredRequest } from './ops/metrics/gateway-instruments';
import { Telemetry } from './ops/telemetry';
import { watchRooms } from './room-readings';
import { traceRequests, within } from './traced-requests';
import { limitIntake, type LoginLimits } from './intake';
import { publishOpenApi } from './openapi';
import { isOurWorker } from './stores/shared-counters';
import { schemaCompilers } from './schema-compilers';
import { BarredLogins } from './throttle/barred-logins';

const requestIdForm = /^[A-Za-z0-9._-]{1,64}$/;
const longestHeadersMs = 60_000;
/** Characters of a part of a path: room for a DN of the longest that is read, with everything in it percent-encoded. */
const longestPathParameter = 3 * 1024;
const timeoutCheckMs = 1_000;

/** Builds the gateway, ready to listen. The same for the process, the tests and, by `src/embed.ts`, those who embed it. */
export async function createGateway(given: Foundations): Promise<NestFastifyApplication> {
  const telemetry = await Telemetry.open({ ...given, primary: isOurWorker() ? primaryProcess : undefined });
  const { departure = new Departure() } = given;
  const foundations = { ...given, logger: telemetry.logger, departure };
  const routes = new RouteTable();
  const filter = new ErrorFilter(foundations.logger, routes, {
    defaultLocale: foundations.settings.DEFAULT_LOCALE,
    dialects: errorDialects(foundations.settings),
    onLimit: (limit) => telemetry.instruments.count('throttled', { limit }),
  });
  const adapter = httpAdapter(foundations, filter);
  if (telemetry.tracing) traceRequests(adapter.getInstance(), telemetry.tracing);
  prepare(adapter.getInstance(), foundations, routes);
  measureRequests(adapter.getInstance(), telemetry, foundations.logger);
  let limits: LoginLimits | undefined;
  const logins = () => (limits ??= loginLimitsOf(app));
  drainAtEnd(adapter.getInstance(), departure);
  limitIntake(adapter.getInstance(), { settings: foundations.settings, filter, logins });
  completeAnswers(adapter.getInstance(), () => adapter.securityHeaders());
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.on(foundations, telemetry),
    adapter,
    {
      logger: new FrameworkLogger(foundations.logger),
      bodyParser: false,
      abortOnError: false,
    },
  );
  protectBrowsers(app, foundations.settings, { hasOwnRoutes: adapter.hasRawAnswers });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(validationPipe());
  publishOpenApi(app);
  watchRooms(app, telemetry.instruments);
  return initialised(app);
}

/** Reads all files again that are followed, and opens AUDIT_LOG anew: what an operator asks for by SIGHUP. Never throws. */
export function readFilesAgain(app: NestFastifyApplication): void {
  app.get(AuditLog, { strict: false }).reopen();
  app.get(WatchedFiles, { strict: false }).readAll();
}

/** What rooms have opened before one of them failed would stay open in a process that goes on without the gateway. */
async function initialised(app: NestFastifyApplication): Promise<NestFastifyApplication> {
  try {
    return await app.init();
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}

function loginLimitsOf(app: NestFastifyApplication): LoginLimits {
  return {
    barred: app.get(BarredLogins, { strict: false }),
    places: app.get(LoginPlaces, { strict: false }),
  };
}

function httpAdapter({ settings, clock, logger, imports }: Foundations, filter: ErrorFilter): BrowserAdapter {
  const adapter = new BrowserAdapter({
    trustProxy: settings.TRUSTED_PROXIES.length > 0 ? [...settings.TRUSTED_PROXIES] : false,
    bodyLimit: settings.BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: longestPathParameter, querystringParser: queryParameters },
    requestTimeout: settings.REQUEST_TIMEOUT_MS,
    http: {
      maxHeaderSize: mostHeaderBytes,
      // Node's own refusal has no body; ours has the form of all others.
      requireHostHeader: false,
      // Node takes the larger of the two for the whole request, so the headers must not have more time than that.
      headersTimeout: Math.min(settings.REQUEST_TIMEOUT_MS, longestHeadersMs),
      connectionsCheckingInterval: timeoutCheckMs,
    },
    clientErrorHandler: (error: Error, socket: Socket) =>
      answerBrokenRequest(error, socket, adapter.securityHeaders()),
    schemaController: { compilersFactory: schemaCompilers },
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
    },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      filter.answer(error, request, reply.headers(adapter.securityHeaders())),
  });
  adapter.hasRawAnswers = (imports ?? []).length > 0;
  const refusals = new OriginRefusals(clock, logger);
  adapter.refuseOrigin = (request) => refusals.refuse(request);
  return adapter;
}

/** What happens around every request, whatever its route. */
function prepare(server: FastifyInstance, { settings }: Foundations, routes: RouteTable): void {
  readBodies(server);
  readCookies(server, settings);
  adjustSecurityHeaders(server);
  server.decorateRequest('context', undefined);
  server.addHook('onRoute', ({ url, method }) => {
    // The answer to preflights of any path makes no path exist.
    if (url !== '*') routes.add(url, [method].flat());
  });
  server.addHook('onRequest', (request, reply, done) => {
    request.context = requestContext(request, settings.DEFAULT_LOCALE);
    // Answers hold tokens or speak of people; the few that may be kept say so themselves (RFC 6749 section 5.1).
    void reply.headers({ 'X-Request-Id': request.id, 'Cache-Control': 'no-store' });
    done();
  });
}

/** Takes down every request that was answered: in the metrics, in its trace, and in the log. */
function measureRequests(server: FastifyInstance, telemetry: Telemetry, logger: Logger): void {
  const { instruments, tracing } = telemetry;
  server.addHook('onResponse', (request, reply, done) => {
    const answered = answeredRequest(request, reply);
    instruments.answered(answered);
    within(tracing, request, () => {
      if (!request.isCountedInLog) logger.info(accessLine(request, answered), 'request');
    });
    if (request.trace) tracing?.end(request.trace, answered.status);
    // A connection that is kept holds its last request, which would keep a typed password in memory.
    request.body = undefined;
    done();
  });
}

/** The route's pattern instead of the URL: a query could hold a secret. */
function answeredRequest(request: FastifyRequest, reply: FastifyReply): AnsweredRequest {
  return {
    method: request.method,
    route: request.routeOptions.url ?? '(none)',
    status: reply.statusCode,
    durationMs: reply.elapsedTime,
  };
}

function accessLine(request: FastifyRequest, answered: AnsweredRequest): object {
  return {
    requestId: request.id,
    ...answered,
    durationMs: Math.round(answered.durationMs * 10) / 10,
    address: request.context?.address ?? request.ip,
  };
}

const primaryProcess = { send: (message: object) => void process.send?.(message, () => undefined) };
