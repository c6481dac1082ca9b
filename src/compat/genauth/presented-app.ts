import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';
import type { PresentedClient } from '../../clients/client-registry';
import { presentedClient } from '../../clients/presented-client';
import type { Settings } from '../../config/settings';

/** The header by which every client of GenAuth says which application it is. */
export const appIdHeader = 'x-authing-app-id';
const longestAppId = 128;

type AppSettings = Pick<Settings, 'OAUTH_CLIENTS'>;

/**
 * The application that a request speaks for: by HTTP Basic, by `client_id` and `client_secret` in the body, or by the header
 * `x-authing-app-id` alone, as public clients do. Its secret is not checked yet.
 * @throws GatehouseError INVALID_CLIENT where it names none, one that nobody registered, or in a way that cannot be read
 */
export function presentedApp(request: FastifyRequest, settings: AppSettings): PresentedClient {
  const named = presentedClient(request) ?? appOfHeader(request);
  if (!named) throw new GatehouseError('INVALID_CLIENT', { detail: 'the request names no application' });
  if (!isRegisteredApp(named.clientId, settings)) {
    throw new GatehouseError('INVALID_CLIENT', { detail: 'OAUTH_CLIENTS has no such application' });
  }
  return named;
}

/** Whether OAUTH_CLIENTS names it. The native API is a client for others, but nobody has registered it as an application. */
export function isRegisteredApp(appId: string, { OAUTH_CLIENTS: registered }: AppSettings): boolean {
  return registered.some(({ clientId }) => clientId === appId);
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
