import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';

/**
 * A page of another site could log its visitor in under the name of its own choice, with a form whose text happens to be JSON. The
 * browser itself says that a request comes from another site (W3C Fetch Metadata, `Sec-Fetch-Site`), and no page can change that.
 * @throws GatehouseError FORBIDDEN
 */
export function refuseOtherSites({ headers }: FastifyRequest, allowedOrigins: readonly string[]): void {
  if (headers['sec-fetch-site'] !== 'cross-site') return;
  if (headers.origin !== undefined && allowedOrigins.includes(headers.origin)) return;
  throw new GatehouseError('FORBIDDEN', { detail: 'a login from a page of another site (ALLOWED_ORIGINS)' });
}
