import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  type Resolvable,
  ThrottlerGuard,
  type ThrottlerLimitDetail,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { AuditTrail } from '../common/audit-trail';
import { GatehouseError } from '../common/gatehouse-error';
import { type RateLimitClass, rateLimitClassOf } from '../common/rate-limit.decorator';
import { ofRoute } from '../common/route-metadata';
import { tooManyRequestsText } from '../common/wait-text';
import { addressKey } from './address-key';
import { BarredLogins, limitHeaders, tooManyLogins } from './barred-logins';

/** Who is counted: set by whoever knows the request's session, before this guard runs. */
export interface CountedRequest {
  readonly ip: string;
  readonly sessionId?: string;
}

const passed = Promise.resolve(true);

/** Whether the library's decorators say anything of a route. */
const hasTermsOfItsOwn = ofRoute((_reflector, route) =>
  [route.getHandler(), route.getClass()].some((place) =>
    Reflect.getMetadataKeys(place).some((key) => typeof key === 'string' && key.startsWith('THROTTLER:')),
  ),
);

function valueIn(context: ExecutionContext, value: Resolvable<number>): number | Promise<number> {
  return value instanceof Function ? value(context) : value;
}

/** Answers 429 before anything else is done for a request that comes too often; a logout is only marked, for it must not fail. */
@Injectable()
export class RequestThrottlerGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly barredLogins: BarredLogins,
    private readonly audit: AuditTrail,
  ) {
    super(options, storage, reflector);
  }

  /** draft-ietf-httpapi-ratelimit-headers-06, the form that express-rate-limit made common. */
  protected override headerPrefix = 'RateLimit';

  /**
   * As the library does it, which looks with each request for what its decorators may say of the route. They say nothing of ours; a
   * route of an application that embeds the gateway goes the library's way where they do.
   */
  override canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.classOf(context) === 'none') return passed;
    const { getTracker, generateKey } = this.commonOptions;
    if (!getTracker || !generateKey || hasTermsOfItsOwn(this.reflector, context))
      return super.canActivate(context);
    return this.count({ context, getTracker, generateKey });
  }

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(this.classOf(context) === 'none');
  }

  private async count(
    request: Pick<ThrottlerRequest, 'context' | 'getTracker' | 'generateKey'>,
  ): Promise<boolean> {
    for (const throttler of this.throttlers) {
      const ttl = await valueIn(request.context, throttler.ttl);
      const limit = await valueIn(request.context, throttler.limit);
      await this.handleRequest({ ...request, throttler, limit, ttl, blockDuration: ttl });
    }
    return true;
  }

  /** Whoever answers a marked request knows what can be left out. Its answer says nothing of limits. */
  protected override async handleRequest(counted: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, blockDuration, throttler, getTracker, generateKey } = counted;
    if (this.classOf(context) !== 'logout') return super.handleRequest(counted);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const name = throttler.name ?? 'default';
    const key = generateKey(context, await getTracker(request, context), name);
    const { totalHits } = await this.storageService.increment(key, ttl, limit, blockDuration, name);
    if (totalHits === limit + 1) this.record(context);
    if (totalHits > limit) request.rateLimitExcess = totalHits === limit + 1 ? 'first' : 'further';
    return true;
  }

  /** Logins and logouts count by address, whatever else the request brings: a session must not buy further guesses. */
  protected override getTracker(request: CountedRequest, context?: ExecutionContext): Promise<string> {
    const isGeneral = !context || this.classOf(context) === 'general';
    const byAddress = request.sessionId === undefined || !isGeneral;
    return Promise.resolve(byAddress ? `address:${addressKey(request.ip)}` : `session:${request.sessionId}`);
  }

  /** All doors share one count of logins, so that a dialect is no way around it. */
  protected override generateKey(context: ExecutionContext, tracker: string): string {
    return `${this.classOf(context)}:${tracker}`;
  }

  protected override throwThrottlingException(
    context: ExecutionContext,
    { limit, timeToExpire, totalHits }: ThrottlerLimitDetail,
  ): Promise<void> {
    if (totalHits === limit + 1) this.record(context);
    if (this.classOf(context) === 'login') {
      const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
      this.barredLogins.bar(ip, limit, timeToExpire);
      throw tooManyLogins(limit, timeToExpire);
    }
    throw new GatehouseError('TOO_MANY_REQUESTS', {
      limit: 'general',
      text: tooManyRequestsText(timeToExpire),
      retryAfterSeconds: timeToExpire,
      headers: limitHeaders(limit, timeToExpire),
    });
  }

  /** Once for each window: who floods us must not flood the audit trail. */
  private record(context: ExecutionContext): void {
    const request = context.switchToHttp().getRequest<FastifyRequest & CountedRequest>();
    const { id: requestId, ip: address, sessionId } = request;
    const event = { event: 'rate_limit', outcome: 'refused', door: 'throttle' } as const;
    const session = this.classOf(context) === 'general' && sessionId !== undefined ? { sessionId } : {};
    this.audit.record({
      ...event,
      requestId,
      address,
      ...session,
      reason: excessReasons[this.classOf(context)],
    });
  }

  private classOf(context: ExecutionContext): RateLimitClass {
    return rateLimitClassOf(this.reflector, context);
  }
}

const excessReasons: Readonly<Record<RateLimitClass, string>> = {
  login: 'too many logins (RATE_LIMIT_AUTH_MAX)',
  logout: 'too many logouts (RATE_LIMIT_MAX)',
  general: 'too many requests (RATE_LIMIT_MAX)',
  none: 'too many requests',
};
