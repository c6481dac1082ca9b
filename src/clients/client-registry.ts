import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { ClientAuthMethod, OAuthClient } from '../config/client-settings';
import { nativeScopes } from '../config/scopes';
import { Settings } from '../config/settings';
import { invalidClient } from './invalid-client';

/** A client as a request presents itself. */
export interface PresentedClient {
  readonly clientId: string;
  readonly secret?: string;
  /** The secret as it stood there, where it may or may not have been encoded. */
  readonly rawSecret?: string;
  /** How the secret came, or `none` where there was none. */
  readonly method: ClientAuthMethod;
  /** True where the request used the `Authorization` header, so that a refusal must answer with a challenge. */
  readonly byHeader?: boolean;
}

type ClientSettings = Pick<Settings, 'OAUTH_CLIENTS' | 'JWT_CLIENT_ID'>;

/**
 * Knows the clients of OAUTH_CLIENTS. The native API is a client too, by the name of JWT_CLIENT_ID: a public one that may ask for
 * what the gateway itself knows, unless OAUTH_CLIENTS says otherwise of that name.
 */
@Injectable()
export class ClientRegistry {
  private readonly nativeClientId: string;
  /** What `clients` was made of. */
  private listed: readonly OAuthClient[] | undefined;
  private clients: ReadonlyMap<string, OAuthClient> = new Map();

  constructor(@Inject(Settings) private readonly settings: ClientSettings) {
    this.nativeClientId = settings.JWT_CLIENT_ID;
  }

  find(clientId: string): OAuthClient | undefined {
    return this.byId.get(clientId);
  }

  /**
   * The client that a request speaks for.
   * @throws GatehouseError INVALID_CLIENT when there is no such client, its secret is wrong, or it came another way than it may
   */
  authenticate(presented: PresentedClient): OAuthClient {
    const client = this.byId.get(presented.clientId);
    // The same work for an unknown client as for a wrong secret.
    const isRight = secretFits(client?.secretHashes ?? [], presented);
    if (!client) throw invalidClient('there is no such client', presented);
    if (!client.authMethods.includes(presented.method)) {
      throw invalidClient('the client must authenticate another way', presented);
    }
    if (presented.method !== 'none' && !isRight) throw invalidClient('the secret is wrong', presented);
    return client;
  }

  /** Made anew when the file of OAUTH_CLIENTS has given another list. */
  private get byId(): ReadonlyMap<string, OAuthClient> {
    const { OAUTH_CLIENTS: listed } = this.settings;
    if (listed !== this.listed) {
      const clients = [nativeClient(this.nativeClientId), ...listed];
      this.clients = new Map(clients.map((client) => [client.clientId, client]));
      this.listed = listed;
    }
    return this.clients;
  }

  /** Whether a session belongs to this client. One that no client opened belongs to the native API. */
  isOwner(clientId: string, session: { readonly grant?: { readonly clientId: string } }): boolean {
    return (session.grant?.clientId ?? this.nativeClientId) === clientId;
  }

  /** Whether the client needs no secret, so that whoever holds its refresh token may use it (RFC 6749 section 2.1). */
  isPublic(clientId: string): boolean {
    return this.byId.get(clientId)?.secretHashes.length === 0;
  }
}

function nativeClient(clientId: string): OAuthClient {
  const open = { secretHashes: [], authMethods: ['none'], postLogoutRedirectUris: [] } as const;
  return { clientId, ...open, scope: nativeScopes };
}

/** A fast hash is enough: secrets are random texts that nobody can guess (OWASP ASVS 5.0, 11.4.2 speaks of passwords only). */
function secretFits(
  hashes: readonly string[],
  { secret = '', rawSecret = secret }: PresentedClient,
): boolean {
  const actual = [secret, rawSecret].map((text) => createHash('sha256').update(text).digest());
  // Each one is compared, whatever the ones before said.
  const fits = (hash: string) => actual.filter((one) => timingSafeEqual(Buffer.from(hash, 'hex'), one));
  return hashes.flatMap(fits).length > 0;
}
