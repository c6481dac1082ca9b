import { Injectable } from '@nestjs/common';
import { GatehouseError } from '../../common/gatehouse-error';
import { type RelayedBearer, TokenRelay } from '../../strategies/token-relay';
import { AccessCheck, type Bearer, type PresentedAccess } from '../access-check';

/**
 * Over the tokens of the source. Nothing is verified before a closed route asks: an outage of the source's keys must break no login,
 * and a stranger's token must not make us fetch them before the throttler has counted its address.
 */
@Injectable()
export class RelayAccessCheck extends AccessCheck {
  constructor(private readonly relay: TokenRelay) {
    super();
  }

  override present(accessToken: string): PresentedAccess {
    return { admit: () => this.admit(accessToken) };
  }

  override presentSession(): undefined {
    return undefined;
  }

  /** No session is ours, so the throttler counts by address. */
  override sessionIdOf(): undefined {
    return undefined;
  }

  override sessionOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private async admit(accessToken: string): Promise<Bearer> {
    const bearer = await this.relay.identify(accessToken);
    if (!bearer.good) throw refusalOf(bearer);
    return { identity: bearer.identity };
  }
}

function refusalOf({ fault, detail }: RelayedBearer & { readonly good: false }): GatehouseError {
  switch (fault) {
    case 'expired':
      return new GatehouseError('TOKEN_EXPIRED', { detail });
    case 'no_key_id':
      return new GatehouseError('INVALID_TOKEN', { text: noKeyId, detail });
    case 'invalid':
      return new GatehouseError('INVALID_TOKEN', { detail });
  }
}

const noKeyId = {
  es: 'Token inválido: no se pudo identificar la clave de firma',
  en: 'Invalid token: the signing key could not be identified',
};
