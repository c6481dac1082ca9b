import { GatehouseError } from '../common/gatehouse-error';
import type { Bearer } from './access-check';

/**
 * Lets the token of a client pass only if it has the scope. The native API has none and needs none.
 * @throws GatehouseError INSUFFICIENT_SCOPE, with the challenge of RFC 6750 section 3.1
 */
export function demandScope(bearer: Bearer, scope: string): void {
  if (!bearer.scope || bearer.scope.includes(scope)) return;
  const challenge = `Bearer realm="gatehouse", error="insufficient_scope", scope="${scope}"`;
  throw new GatehouseError('INSUFFICIENT_SCOPE', { headers: { 'WWW-Authenticate': challenge } });
}
