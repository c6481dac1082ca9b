import { SetMetadata } from '@nestjs/common';
import { ofRoute } from '../common/route-metadata';
import type { IdentityReading } from './identity-renewal';

const accessWays = 'gatehouse:access-ways';

/**
 * How a request may say whom it speaks for, besides `Authorization: Bearer`. `raw`: the token alone in `Authorization`. `query` and
 * `body`: the parameter `access_token` (RFC 6750 sections 2.2 and 2.3). `session-cookie`: the cookie of a session that lives by
 * being used. A browser sends it by itself, so it is only for routes that change nothing, and for forms of our own pages, which those of other
 * sites cannot send (ADR 0018).
 */
export type AccessWay = 'raw' | 'query' | 'body' | 'session-cookie';

/** Lets a route take access in further ways. */
export const AlsoTakesAccess = (...ways: readonly AccessWay[]): MethodDecorator & ClassDecorator =>
  SetMetadata(accessWays, ways);

const sparesSource = 'gatehouse:spares-source';

/** For routes that are asked with every request to an application: the source is hardly ever asked there (`IdentityReading`). */
export const SparesSource = (): MethodDecorator => SetMetadata(sparesSource, true);

const leavesCookie = 'gatehouse:leaves-cookie';

/** For routes whose refusals do not clear a dead session cookie by themselves, because not every request should. */
export const LeavesCookie = (): ClassDecorator => SetMetadata(leavesCookie, true);

export const leavesCookieOf = ofRoute(
  (reflector, route) => reflector.get<boolean | undefined>(leavesCookie, route.getClass()) ?? false,
);

export const readingOf = ofRoute((reflector, route): IdentityReading =>
  reflector.get<boolean | undefined>(sparesSource, route.getHandler()) ? 'rare' : 'usual',
);

export const accessWaysOf = ofRoute((reflector, route): readonly AccessWay[] => {
  const places = [route.getHandler(), route.getClass()];
  return reflector.getAllAndOverride<readonly AccessWay[] | undefined>(accessWays, places) ?? [];
});
