import type { Server } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { LoginPlaces } from './auth/login-places';
import { watchRequests } from './common/broken-request';
import type { ErrorFilter } from './common/error.filter';
import { GatehouseError } from './common/gatehouse-error';
import { LoopDelay } from './common/loop-delay';
import { LoopTurns } from './common/loop-turns';
import { type RateLimitClass, rateLimitClassOfRoute } from './common/rate-limit.decorator';
import { faultOfShape } from './common/request-shape';
import { endStalledReaders } from './common/stalled-readers';
import type { Settings } from './config/settings';
import type { BarredLogins } from './throttle/barred-logins';
import { limitConnections } from './throttle/connection-counts';

/** Requests over one kept connection; the last answer says `Connection: close`. */
const mostRequestsPerConnection = 10_000;
/** Longer than proxies keep idle connections by default, so that it is they who close them. */
const keepAliveTimeoutMs = 72_000;
/** How much later than for logins everything else is turned away. */
const restShedFactor = 4;

/** Refusals of one turn of the event loop, half a millisecond or so: a turn also takes in no more than one new connection. */
const refusalsPerTurn = 8;
/** As many as there are connections by default. */
const mostWaitingRefusals = 4096;
/**
 * Logins of one turn that go on to be read and counted, which is ten times the work of a refusal even where nothing but the name is looked
 * at. Several together share the reads and commits of the store, which is about a seventh of what a login costs; in a flood there is one.
 */
const loginTurns = { perTurn: 8, maxWaiting: 512, crowd: { waiting: 64, perTurn: 1 } };

const tooManyAtOnce = new GatehouseError('SERVICE_UNAVAILABLE', {
  detail: 'too many logins arrive at once',
  limit: 'overload',
});
const overloaded = new GatehouseError('SERVICE_UNAVAILABLE', {
  detail: 'the process is overloaded',
  limit: 'overload',
});

export interface Intake {
  readonly settings: Settings;
  /** Who answers. */
  readonly filter: ErrorFilter;
  /** Who knows which logins have no place; asked with the first request. */
  readonly logins: () => LoginLimits;
}

export interface LoginLimits {
  readonly barred: BarredLogins;
  readonly places: LoginPlaces;
}

/**
 * Puts the limits before everything else: on connections, on the outside of requests, and on those that are known to come too often.
 * To be called before anything else looks at requests.
 */
export function limitIntake(fastify: FastifyInstance, { settings, filter, logins }: Intake): void {
  limitServer(fastify.server, settings);
  const delay = new LoopDelay();
  delay.watch(fastify.server);
  const refusals = new LoopTurns({ perTurn: refusalsPerTurn, maxWaiting: mostWaitingRefusals });
  const begun = new LoopTurns(loginTurns);
  fastify.decorateRequest('isCountedInLog', false);
  fastify.addHook('onRequest', (request, reply, done) => {
    const fault = faultOfShape(request, settings.BODY_LIMIT_BYTES);
    const limitClass = rateLimitClassOfRoute(request);
    const situation = { limitClass, lateMs: delay.lateMs, isFull: begun.isFull, settings, logins };
    const refusal = fault ? undefined : refusalOf(request, situation);
    if (!fault && !refusal) return limitClass === 'login' ? begun.run(done) : done();
    // Its body is not read. Node would take one of unknown length in to its end to keep the connection.
    if (request.headers['transfer-encoding'] !== undefined) void reply.header('Connection', 'close');
    if (refusal) refusals.run(() => filter.refuse(refusal, request, reply));
    else done(fault);
  });
  fastify.addHook('onClose', (_instance, done) => {
    filter.close();
    done();
  });
}

function limitServer(server: Server, settings: Settings): void {
  limitConnections(server, {
    max: settings.CONNECTIONS_MAX,
    maxPerAddress: settings.CONNECTIONS_MAX_PER_ADDRESS,
    exempt: settings.TRUSTED_PROXIES,
  });
  server.maxRequestsPerSocket = mostRequestsPerConnection;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  watchRequests(server);
  endStalledReaders(server, settings.REQUEST_TIMEOUT_MS);
}

interface Situation extends Pick<Intake, 'settings' | 'logins'> {
  readonly limitClass: RateLimitClass;
  readonly lateMs: number;
  /** As many logins wait to begin as may. */
  readonly isFull: boolean;
}

/** A login of an address that is over its limit, or for which there is no place, before its body is read; or what is one too many. */
function refusalOf(request: FastifyRequest, situation: Situation): GatehouseError | undefined {
  const { limitClass, lateMs, isFull, settings, logins } = situation;
  if (limitClass === 'login') {
    const { barred, places } = logins();
    const address = request.context?.address ?? request.ip;
    const refusal = barred.refusalOf(address) ?? places.refusalOf(address);
    if (refusal) return refusal;
    if (isFull) return tooManyAtOnce;
  }
  return isShed(limitClass, lateMs, settings.SHED_DELAY_MS) ? overloaded : undefined;
}

/** Logins go first: each is much work. What proxies, other services and supervisors depend on stays to the last. */
function isShed(limitClass: RateLimitClass, lateMs: number, limitMs: number): boolean {
  if (limitMs === 0 || lateMs < limitMs) return false;
  return limitClass === 'login' || (limitClass === 'general' && lateMs >= restShedFactor * limitMs);
}
