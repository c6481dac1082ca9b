import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import type { OAuthClient } from '../config/client-settings';
import { ClientGuesses } from '../throttle/client-guesses';
import { ClientRegistry, type PresentedClient } from './client-registry';
import { invalidClient } from './invalid-client';
import { clientAtLogin, presentedClient } from './presented-client';

/** Where a request came from that speaks for a client. */
export type ClientVisit = Pick<AuditEvent, 'door' | 'requestId' | 'address'>;

/** The one step by which every door lets clients in: it checks them, bounds how often a secret can be tried, and takes refusals down. */
@Injectable()
export class ClientDoor {
  constructor(
    private readonly clients: ClientRegistry,
    private readonly guesses: ClientGuesses,
    private readonly audit: AuditTrail,
  ) {}

  /** The client of a request that must name one (RFC 6749 section 2.3). A public one says its name alone. @throws as `authenticate` */
  async ofRequest(request: FastifyRequest, visit: ClientVisit): Promise<OAuthClient> {
    const presented = presentedClient(request);
    if (!presented) throw invalidClient('the request names no client', {});
    return this.authenticate(presented, visit);
  }

  /** The client of a login; undefined where it names none, so that it is one of the native API. @throws as `authenticate` */
  async ofLogin(request: FastifyRequest, visit: ClientVisit): Promise<OAuthClient | undefined> {
    const presented = clientAtLogin(request, (clientId) => this.hasSecret(clientId));
    return presented && this.authenticate(presented, visit);
  }

  /**
   * The client that somebody presents.
   * @throws GatehouseError INVALID_CLIENT; TOO_MANY_REQUESTS after too many wrong secrets
   */
  async authenticate(presented: PresentedClient, visit: ClientVisit): Promise<OAuthClient> {
    const { clientId, method } = presented;
    // There is nothing to guess without a secret, nor of a client that has none.
    const isGuess = method !== 'none' && this.hasSecret(clientId);
    const guess = { clientId, address: visit.address };
    if (isGuess) this.guesses.demandLeft(guess);
    try {
      return this.clients.authenticate(presented);
    } catch (error) {
      this.record(clientId, visit, 'the client is unknown, or its secret or the way it came is wrong');
      if (isGuess && (await this.guesses.countWrong(guess)) === 'barred')
        this.record(clientId, visit, 'barred for a while: too many wrong secrets from this address');
      throw error;
    }
  }

  /** Whether a session is the client's own. */
  owns({ clientId }: OAuthClient, session: Parameters<ClientRegistry['isOwner']>[1]): boolean {
    return this.clients.isOwner(clientId, session);
  }

  private hasSecret(clientId: string): boolean {
    const client = this.clients.find(clientId);
    return client !== undefined && client.secretHashes.length > 0;
  }

  /** A name that nobody has may be anything, such as a password in the wrong place. */
  private record(clientId: string, { door, requestId, address }: ClientVisit, reason: string): void {
    const named = this.clients.find(clientId) && { clientId };
    const event = { event: 'client_auth', outcome: 'refused' } as const;
    this.audit.record({ ...event, door, requestId, address, ...named, reason });
  }
}
