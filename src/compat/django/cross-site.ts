import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';

/**
 * A page of another site could log its visitor in under the name of its own choice, with a form whose text happens to be JSON. The
 * browser itself says that a request comes from another site (W3C Fetch Metadata, `Sec-Fetch-Site`), and no page can change that. It
 * says so over HTTPS and to localhost only; elsewhere its `Origin` must be that of the request itself. A request without either comes
 * from no page.
 * @throws GatehouseError FORBIDDEN
 */
export function refuseOtherSites(request: FastifyRequest, allowedOrigins: readonly string[]): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && allowedOrigins.includes(origin)) return;
  const isForeign = site === undefined ? !isOwn(origin, request.host) : site === 'cross-site';
  if (!isForeign) return;
  throw new GatehouseError('FORBIDDEN', { detail: 'a login from a page of another site (ALLOWED_ORIGINS)' });
}

/** The scheme is not compared: a proxy may have taken the encryption off. */
function isOwn(origin: string | undefined, host: string): boolean {
  if (origin === undefined) return true;
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}
