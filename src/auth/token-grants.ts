import { Injectable } from '@nestjs/common';
import { ClientRegistry } from '../clients/client-registry';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { mayHaveScope } from '../config/scopes';
import type { Session, SessionGrant } from '../sessions/session';
import type { SessionWithToken } from '../sessions/session.service';
import { TokenService } from '../tokens/token.service';
import type { IssuedTokens, RefreshingClient } from './auth.service';

/** Decides which client may have the tokens of a session, and issues them. */
@Injectable()
export class TokenGrants {
  constructor(
    private readonly clients: ClientRegistry,
    private readonly tokens: TokenService,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether a refresh token of the session serves who presents it: the client alone that it was issued to (RFC 6749 section 6).
   * Without a client it is the native API that asks, which cannot check a secret.
   */
  isOwner({ grant }: Pick<Session, 'grant'>, client: RefreshingClient | undefined): boolean {
    if (client) return this.clients.isOwner(client.clientId, { grant });
    return grant === undefined || this.clients.isPublic(grant.clientId);
  }

  /**
   * A refresh may ask for what was granted, as far as OAUTH_CLIENTS still allows it.
   * @throws GatehouseError INVALID_SCOPE
   */
  demandScope({ grant }: Pick<Session, 'grant'>, scope: readonly string[] | undefined): void {
    const granted = grant ? this.narrowed(grant).scope : [];
    if (scope?.some((token) => !granted.includes(token))) throw new GatehouseError('INVALID_SCOPE');
  }

  /**
   * Before a session is opened: one whose tokens cannot be signed would be nobody's, and might push out those in use.
   * @throws StoreUnavailable when no signing key has ever been read
   */
  demandSigningKey(): void {
    this.tokens.demandSigningKey();
  }

  /**
   * What a session's client now gets. A scope that OAUTH_CLIENTS has taken away from the client since is left out.
   * @param scope less than what was granted, where the client asked for less
   */
  issue(
    { session, refreshToken, refreshExpiresInSeconds }: SessionWithToken,
    scope?: readonly string[],
  ): IssuedTokens {
    const grant = session.grant && this.narrowed(session.grant, scope);
    const request = {
      identity: session.identity,
      sessionId: session.id,
      authenticatedAtSeconds: Math.floor(session.createdAtMs / 1000),
    };
    const { token: accessToken, expiresInSeconds } = this.tokens.issueAccessToken({
      ...request,
      identityIsStale: session.identityIsStale,
      sessionEndsAtSeconds: Math.floor(session.absoluteEndMs / 1000),
      ...(grant && { grant }),
    });
    const idToken = grant && this.idToken({ ...request, grant, accessToken, expiresInSeconds });
    return {
      ...{ accessToken, expiresInSeconds, refreshToken, refreshExpiresInSeconds, session },
      ...(idToken !== undefined && { idToken }),
      ...(grant && grant.scope.length > 0 && { scope: grant.scope }),
    };
  }

  private narrowed({ clientId, scope }: SessionGrant, wanted = scope): SessionGrant {
    const client = this.clients.find(clientId);
    return { clientId, scope: wanted.filter((token) => client && mayHaveScope(client.scope, token)) };
  }

  private idToken({ expiresInSeconds, ...request }: IdTokenTerms): string | undefined {
    if (!request.grant.scope.includes('openid')) return undefined;
    const issuedAtSeconds = this.clock.nowSeconds();
    const expiresAtSeconds = issuedAtSeconds + expiresInSeconds;
    return this.tokens.issueIdToken({ ...request, issuedAtSeconds, expiresAtSeconds });
  }
}

interface IdTokenTerms {
  readonly identity: Session['identity'];
  readonly sessionId: string;
  readonly authenticatedAtSeconds: number;
  readonly grant: SessionGrant;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}
