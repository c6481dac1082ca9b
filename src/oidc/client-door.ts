import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientRegistry } from '../clients/client-registry';
import { invalidClient } from '../clients/invalid-client';
import { presentedClient } from '../clients/presented-client';
import type { OAuthClient } from '../config/client-settings';
import { ClientGuesses } from '../throttle/client-guesses';

/** Lets clients in at the endpoints where they must say who they are. */
@Injectable()
export class ClientDoor {
  constructor(
    private readonly clients: ClientRegistry,
    private readonly guesses: ClientGuesses,
  ) {}

  /**
   * The client that a request speaks for (RFC 6749 section 2.3). A public one says its name alone.
   * @throws GatehouseError INVALID_CLIENT; TOO_MANY_REQUESTS after too many wrong secrets; SERVICE_UNAVAILABLE
   */
  async authenticate(request: FastifyRequest): Promise<OAuthClient> {
    const presented = presentedClient(request);
    if (!presented) throw invalidClient('the request names no client', {});
    const { clientId } = presented;
    // There is nothing to guess without a secret, nor of a client that does not exist.
    if (presented.method === 'none' || !this.clients.find(clientId))
      return this.clients.authenticate(presented);
    const guess = { clientId, address: request.ip };
    this.guesses.demandLeft(guess);
    try {
      return this.clients.authenticate(presented);
    } catch (error) {
      await this.guesses.countWrong(guess);
      throw error;
    }
  }

  /** Whether a session is the client's own. */
  owns({ clientId }: OAuthClient, session: Parameters<ClientRegistry['isOwner']>[1]): boolean {
    return this.clients.isOwner(clientId, session);
  }
}
