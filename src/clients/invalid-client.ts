import { GatehouseError } from '../common/gatehouse-error';

/**
 * A client that is not who it says. RFC 6749 section 5.2: who used the header gets a challenge for that header. Others get none,
 * because a browser would ask its user for a name and a password.
 * @param detail for the log; holds nothing of the secret
 */
export function invalidClient(
  detail: string,
  { byHeader = false }: { readonly byHeader?: boolean },
): GatehouseError {
  const headers = { 'WWW-Authenticate': 'Basic realm="gatehouse", charset="UTF-8"' };
  return new GatehouseError('INVALID_CLIENT', { detail, ...(byHeader && { headers }) });
}
