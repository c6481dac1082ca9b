import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { routeConfig } from './route-config';
import { ofRoute } from './route-metadata';

const rateLimitClass = 'gatehouse:rate-limit';

/**
 * `login`: few tries for each address. `general`: many for each session, or else address. `logout`: as many for each address, and
 * past them the request is let through with a mark. `none`: never counted.
 */
export type RateLimitClass = 'login' | 'general' | 'logout' | 'none';

/** A request past its limit that was let through all the same: the first of its window, or a further one. */
export type RateLimitExcess = 'first' | 'further';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the throttler for routes of the class `logout`; undefined within the limit. */
    rateLimitExcess: RateLimitExcess | undefined;
  }
}

/** Says how the requests of a route are counted; `general` unless said otherwise. */
export const RateLimit = (limit: RateLimitClass): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(rateLimitClass, limit), routeConfig({ rateLimitClass: limit }));

/** The same as the server knows it before any guard runs. */
export function rateLimitClassOfRoute(request: Pick<FastifyRequest, 'routeOptions'>): RateLimitClass {
  const config: object = request.routeOptions.config;
  const limit: unknown = 'rateLimitClass' in config ? config.rateLimitClass : undefined;
  return limit === 'login' || limit === 'logout' || limit === 'none' ? limit : 'general';
}

export const rateLimitClassOf = ofRoute((reflector, route): RateLimitClass => {
  const places = [route.getHandler(), route.getClass()];
  return reflector.getAllAndOverride<RateLimitClass | undefined>(rateLimitClass, places) ?? 'general';
});
