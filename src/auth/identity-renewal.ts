import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { Logger } from '../common/logger';
import { Settings } from '../config/settings';
import type { Session } from '../sessions/session';
import type { IdentityUpdate } from '../sessions/session.service';
import { Authenticator } from '../strategies/authenticator';
import { StrategyUnavailable } from '../strategies/credential-strategy';

/**
 * When the source is asked: `usual` once what we know is older than IDENTITY_MAX_AGE_SECONDS; `rare` only once it is older than even an
 * outage would allow (IDENTITY_STALE_SECONDS).
 */
export type IdentityReading = 'usual' | 'rare';

/** Keeps what a session knows of its person fresh: asks the credential source again when it is older than allowed. */
@Injectable()
export class IdentityRenewal {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /**
   * The person as the session may go on with, or undefined when the source no longer welcomes them.
   * @throws GatehouseError SERVICE_UNAVAILABLE when the source is down and what we know is too old.
   */
  async upToDate(session: Session, reading: IdentityReading = 'usual'): Promise<IdentityUpdate | undefined> {
    const ageSeconds = this.ageSeconds(session);
    if (!this.isDue(session, reading)) return reading === 'rare' ? asKnown(session) : unchanged(session);
    try {
      return await this.reread(session);
    } catch (error) {
      if (!(error instanceof StrategyUnavailable)) throw error;
      return this.stale(session, ageSeconds, error);
    }
  }

  /** Whether the source has to be asked again. */
  isDue(session: Session, reading: IdentityReading): boolean {
    const { IDENTITY_MAX_AGE_SECONDS: usual, IDENTITY_STALE_SECONDS: stale } = this.settings;
    return this.ageSeconds(session) > (reading === 'rare' ? Math.max(usual, stale) : usual);
  }

  private ageSeconds({ identityReadAtMs }: Session): number {
    return (this.clock.nowMs() - identityReadAtMs) / 1000;
  }

  private async reread(session: Session): Promise<IdentityUpdate | undefined> {
    const result = await this.authenticator.reread(session.identity);
    if (result.kind === 'gone') return undefined;
    // Such a session ends with its refresh life instead; see absoluteEndMs.
    if (result.kind === 'unsupported') return unchanged(session);
    return { identity: result.identity, identityReadAtMs: this.clock.nowMs(), identityIsStale: false };
  }

  private stale(session: Session, ageSeconds: number, error: StrategyUnavailable): IdentityUpdate {
    if (ageSeconds > this.settings.IDENTITY_STALE_SECONDS) {
      throw new GatehouseError('SERVICE_UNAVAILABLE', {
        detail: `identity too old; ${error.message}`,
        cause: error,
      });
    }
    this.logger.warn(
      { sessionId: session.id, detail: error.message },
      'refreshing with an identity that may be stale',
    );
    return { identity: session.identity, identityReadAtMs: session.identityReadAtMs, identityIsStale: true };
  }
}

function asKnown({ identity, identityReadAtMs, identityIsStale }: Session): IdentityUpdate {
  return { identity, identityReadAtMs, identityIsStale };
}

function unchanged({ identity, identityReadAtMs }: Session): IdentityUpdate {
  return { identity, identityReadAtMs, identityIsStale: false };
}
