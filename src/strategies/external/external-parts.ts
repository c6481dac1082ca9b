import type { Clock } from '../../common/clock';
import type { Instruments } from '../../common/instruments';
import type { Logger } from '../../common/logger';
import type { FileWatcher } from '../../common/watched-files';
import { isRelay } from '../../config/check-external';
import type { Settings } from '../../config/settings';
import type { AcceptedLogin } from './accepted-login';
import { ExternalRelay, type RelayReader } from './external-relay';
import { ExternalStrategy } from './external.strategy';
import { UpstreamKeys } from './keys/upstream-keys';
import { answerRules, readAnswer } from './login-answer';
import { People } from './people';
import { readRefreshAnswer, revocationFault } from './relay-answers';
import { Requests } from './requests';
import { Upstream } from './upstream/upstream';

export interface ExternalPartsOptions {
  readonly name: string;
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly instruments?: Instruments;
  /** Follows the TLS files, where given. */
  readonly files?: FileWatcher | undefined;
  /** Is told of every accepted login, in either mode. */
  readonly onAccepted?: (login: AcceptedLogin) => void;
}

/** All that talks to the service, over the same connections and with the same keys. */
export class ExternalParts {
  readonly strategy: ExternalStrategy;
  /** Only with EXTERNAL_AUTH_MODE=relay. */
  readonly relay: ExternalRelay | null;
  private readonly upstream: Upstream;

  /** @throws Error that names the setting which cannot be used. */
  constructor(options: ExternalPartsOptions) {
    const { name, settings, logger, clock, instruments, files } = options;
    const requests = new Requests(settings, clock);
    const caller = (this.upstream = new Upstream(settings, {
      logger,
      strategy: name,
      files,
      ...(instruments && { instruments }),
    }));
    const tokens = new UpstreamKeys({ caller, requests, clock, ...keyRules(settings) });
    this.strategy = new ExternalStrategy({ ...options, caller, tokens });
    const reader = relayReader(options, new People({ strategy: name, settings, tokens, logger }));
    this.relay = isRelay(settings)
      ? new ExternalRelay({ ...options, caller, requests, tokens, reader })
      : null;
  }

  /** Lets running calls end, then closes the connections. */
  close(): Promise<void> {
    return this.upstream.close();
  }
}

/** In relay mode the service's tokens are the gateway's, so they must name what JWT_ISSUER and JWT_AUDIENCE say. */
function keyRules(settings: Settings) {
  const relays = isRelay(settings);
  return {
    algorithms: settings.EXTERNAL_AUTH_JWT_ALGORITHMS,
    maxAgeSeconds: settings.EXTERNAL_AUTH_JWKS_MAX_AGE_SECONDS,
    issuer: relays ? settings.JWT_ISSUER : settings.EXTERNAL_AUTH_JWT_ISSUER,
    audience: relays ? settings.JWT_AUDIENCE : settings.EXTERNAL_AUTH_JWT_AUDIENCE,
  };
}

/** Reads answers and claims as the strategy does. */
function relayReader({ settings }: ExternalPartsOptions, people: People): RelayReader {
  const rules = answerRules(settings);
  return {
    read: (operation, answer) =>
      operation === 'refresh' ? readRefreshAnswer(answer, rules) : readAnswer(answer, rules),
    revocationFault: (answer) => revocationFault(answer, rules),
    of: (body, typedName) => people.ofRelayed(body, typedName),
    ofClaims: (claims) => people.ofClaims(claims),
  };
}
