import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';
import type { PresentedClient } from '../../clients/client-registry';
import { presentedClient } from '../../clients/presented-client';

/** The header by which every client of GenAuth says which application it is. */
export const appIdHeader = 'x-authing-app-id';
const longestAppId = 128;

/**
 * The application that a request speaks for: by HTTP Basic, by `client_id` and `client_secret` in the body, or by the header
 * `x-authing-app-id` alone, as public clients do. Nothing is checked yet.
 * @throws GatehouseError INVALID_CLIENT where it names none, or in a way that cannot be read
 */
export function presentedApp(request: FastifyRequest): PresentedClient {
  const named = presentedClient(request) ?? appOfHeader(request);
  if (!named) throw new GatehouseError('INVALID_CLIENT', { detail: 'the request names no application' });
  return named;
}

function appOfHeader(request: FastifyRequest): PresentedClient | undefined {
  const clientId = appIdOf(request);
  return clientId === undefined ? undefined : { clientId, method: 'none' };
}

/** What the header says; undefined where it is missing, empty or too long. */
export function appIdOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const value = headers[appIdHeader];
  return typeof value === 'string' && value !== '' && value.length <= longestAppId ? value : undefined;
}
