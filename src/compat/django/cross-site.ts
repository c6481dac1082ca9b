import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';

/**
 * The logout of this dialect takes any method, also those that the check of origins lets pass. What a page of another site loads without
 * its visitor seeing it, such as an image, must not log anybody out where COOKIE_SAMESITE=None sends the cookie along; a link may, as
 * at Django (W3C Fetch Metadata).
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export function refuseHiddenLogout({ headers }: FastifyRequest, allowedOrigins: readonly string[]): void {
  if (isLoadedAhead(headers)) {
    throw new GatehouseError('ORIGIN_NOT_ALLOWED', { detail: 'a logout that a browser loaded ahead' });
  }
  const { origin, 'sec-fetch-site': site, 'sec-fetch-dest': destination } = headers;
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (!isForeign || destination === 'document') return;
  if (origin !== undefined && allowedOrigins.includes(origin)) return;
  throw new GatehouseError('ORIGIN_NOT_ALLOWED', { detail: 'a logout hidden in a page of another origin' });
}

/** Such a request has `Sec-Fetch-Dest: document` too, so that only `Sec-Purpose`, or `Purpose` of older browsers, tells (Fetch standard, section 3.8). */
function isLoadedAhead({ 'sec-purpose': purpose, purpose: older }: FastifyRequest['headers']): boolean {
  return [purpose, older].flat().some((value) => /^\s*prefetch\b/i.test(value ?? ''));
}
