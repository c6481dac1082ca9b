import { GatehouseError } from '../common/gatehouse-error';
import { mayHaveScope } from '../config/scopes';
import { longestScope, type OAuthClient, scopeTokens } from '../config/client-settings';

/** What a client may use a session for. */
export interface ClientGrant {
  readonly clientId: string;
  readonly scope: readonly string[];
}

/**
 * What a client gets that asks for a scope, a text with blanks between its tokens (RFC 6749 section 3.3). Without one it gets all
 * that OAUTH_CLIENTS allows it, or nothing in particular.
 * @throws GatehouseError INVALID_SCOPE
 */
export function grantOf(client: OAuthClient, requested: string | undefined): ClientGrant {
  const asked = requestedScope(requested);
  if (asked?.some((token) => !mayHaveScope(client.scope, token))) {
    throw new GatehouseError('INVALID_SCOPE', { detail: 'the client may not ask for this' });
  }
  return { clientId: client.clientId, scope: asked ?? client.scope ?? [] };
}

/** The tokens of a requested scope, whether they are allowed or not; undefined where nothing was requested. @throws as `grantOf` */
export function requestedScope(requested: string | undefined): readonly string[] | undefined {
  if (requested === undefined || requested.trim() === '') return undefined;
  const tokens = requested.length > longestScope ? undefined : scopeTokens(requested);
  if (!tokens) throw new GatehouseError('INVALID_SCOPE', { detail: 'the scope cannot be read' });
  return tokens;
}
