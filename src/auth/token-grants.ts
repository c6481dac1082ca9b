import { Injectable } from '@nestjs/common';
import { ClientRegistry } from '../clients/client-registry';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
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
   * A refresh token serves the client alone that it was issued to (RFC 6749 section 6). Without a client it is the native API that
   * asks, which cannot check a secret.
   * @throws GatehouseError REFRESH_TOKEN_INVALID, INVALID_SCOPE
   */
  demandOwner({ grant }: Session, client: RefreshingClient | undefined): void {
    const isAllowed = client
      ? this.clients.isOwner(client.clientId, { grant })
      : grant === undefined || this.clients.isPublic(grant.clientId);
    if (!isAllowed) {
      throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'the session belongs to another client' });
    }
    const granted = grant?.scope ?? [];
    if (client?.scope?.some((token) => !granted.includes(token))) throw new GatehouseError('INVALID_SCOPE');
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
      ...(grant && { scope: grant.scope }),
    };
  }

  private narrowed({ clientId, scope }: SessionGrant, wanted = scope): SessionGrant {
    const allowed = this.clients.find(clientId)?.scope;
    return { clientId, scope: wanted.filter((token) => allowed?.includes(token) ?? true) };
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
