import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { LoginPlaces } from './auth/login-places';
import { watchRequests } from './common/broken-request';
import { GatehouseError } from './common/gatehouse-error';
import { LoopDelay } from './common/loop-delay';
import { rateLimitClassOfRoute } from './common/rate-limit.decorator';
import { faultOfShape } from './common/request-shape';
import { endStalledReaders } from './common/stalled-readers';
import type { Settings } from './config/settings';
import { BarredLogins } from './throttle/barred-logins';
import { limitConnections } from './throttle/connection-counts';

/** Requests over one kept connection; the last answer says `Connection: close`. */
const mostRequestsPerConnection = 10_000;
/** Longer than proxies keep idle connections by default, so that it is they who close them. */
const keepAliveTimeoutMs = 72_000;
/** How much later than for logins everything else is turned away. */
const restShedFactor = 4;

/** Puts the limits before everything else: on connections, on the outside of requests, and on those that are known to come too often. */
export function limitIntake(app: NestFastifyApplication, settings: Settings): void {
  const fastify = app.getHttpAdapter().getInstance();
  const { server } = fastify;
  limitConnections(server, {
    max: settings.CONNECTIONS_MAX,
    maxPerAddress: settings.CONNECTIONS_MAX_PER_ADDRESS,
    exempt: settings.TRUSTED_PROXIES,
  });
  server.maxRequestsPerSocket = mostRequestsPerConnection;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  watchRequests(server);
  endStalledReaders(server, settings.REQUEST_TIMEOUT_MS);
  const delay = new LoopDelay();
  delay.watch(server);
  const barred = app.get(BarredLogins, { strict: false });
  const places = app.get(LoginPlaces, { strict: false });
  fastify.addHook('onRequest', (request, reply, done) => {
    const fault =
      faultOfShape(request, settings.BODY_LIMIT_BYTES) ??
      refusedLogin(barred, places, request) ??
      shed(delay.lateMs, request, settings);
    if (!fault) return done();
    // Its body is not read. Node would take one of unknown length in to its end to keep the connection.
    if (request.headers['transfer-encoding'] !== undefined) void reply.header('Connection', 'close');
    done(fault);
  });
}

/** A login of an address that is over its limit, or for which there is no place, before its body is read. */
function refusedLogin(
  barred: BarredLogins,
  places: LoginPlaces,
  request: FastifyRequest,
): GatehouseError | undefined {
  if (rateLimitClassOfRoute(request) !== 'login') return undefined;
  return barred.refusalOf(request.ip) ?? places.refusalOf(request.ip);
}

/** Logins go first: each is much work. What proxies, other services and supervisors depend on stays to the last. */
function shed(
  lateMs: number,
  request: FastifyRequest,
  { SHED_DELAY_MS: limitMs }: Pick<Settings, 'SHED_DELAY_MS'>,
): GatehouseError | undefined {
  if (limitMs === 0 || lateMs < limitMs) return undefined;
  const limitClass = rateLimitClassOfRoute(request);
  const isShed = limitClass === 'login' || (limitClass === 'general' && lateMs >= restShedFactor * limitMs);
  return isShed
    ? new GatehouseError('SERVICE_UNAVAILABLE', { detail: 'the process is overloaded' })
    : undefined;
}
