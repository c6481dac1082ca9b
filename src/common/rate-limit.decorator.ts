import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const rateLimitClass = 'gatehouse:rate-limit';

/** `login`: few tries for each address. `general`: many for each session, or else address. `none`: never counted. */
export type RateLimitClass = 'login' | 'general' | 'none';

/** Says how the requests of a route are counted; `general` unless said otherwise. */
export const RateLimit = (limit: RateLimitClass) => SetMetadata(rateLimitClass, limit);

export function rateLimitClassOf(reflector: Reflector, context: ExecutionContext): RateLimitClass {
  const places = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<RateLimitClass | undefined>(rateLimitClass, places) ?? 'general';
}
