import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { ConfigurationError } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { kindOfStrategy } from '../config/strategy-settings';
import type { CredentialStrategy } from './credential-strategy';
import { ExternalParts } from './external/external-parts';
import type { DemoUsers } from './file/demo-users';
import { FileStrategy } from './file/file.strategy';
import { UsersFile } from './file/users-file';
import { usersFilePath } from './file/users-file-access';
import { LdapStrategy } from './ldap/ldap.strategy';
import { type Shadow, shadowOf } from './shadow';
import type { TokenRelay } from './token-relay';

export interface SourceParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Instead of everything in STRATEGIES, where that is empty. */
  readonly demo: DemoUsers | null;
}

/** Every credential source that the settings name, made once. */
export class CredentialSources {
  /** In the order of STRATEGIES. */
  readonly strategies: readonly CredentialStrategy[];
  private readonly external: ExternalParts | undefined;
  private readonly shadow: Shadow | undefined;

  /** @throws ConfigurationError: what cannot be made has a setting that cannot be used, such as a file that is not there. */
  constructor(private readonly parts: SourceParts) {
    const { settings, logger, clock, demo } = parts;
    this.external = settings.STRATEGIES.includes('external') ? usable(() => this.externalParts()) : undefined;
    this.strategies = demo
      ? [new FileStrategy({ name: 'file', users: demo, logger })]
      : settings.STRATEGIES.map((name) => usable(() => this.strategy(name)));
    const make = (name: string) => usable(() => this.strategy(name));
    this.shadow = shadowOf(settings, this.strategies, { make, logger, clock });
  }

  /** Only where the service issues the tokens (docs/adr/0011-relay-keeps-no-session.md). */
  get relay(): TokenRelay | null {
    return this.external?.relay ?? null;
  }

  /** Lets go of everything: first the shadow, which asks the strategies, then the strategies and what stands behind them. */
  async close(closeStrategies: () => Promise<void>): Promise<void> {
    try {
      await this.shadow?.close();
    } finally {
      await Promise.all([closeStrategies(), this.external?.close()]);
    }
  }

  private externalParts(): ExternalParts {
    const { settings, logger, clock } = this.parts;
    return new ExternalParts({
      name: 'external',
      settings,
      logger,
      clock,
      // The shadow looks into the other strategies, so it is made last.
      onAccepted: (login) => this.shadow?.compare(login),
    });
  }

  private strategy(name: string): CredentialStrategy {
    const { settings, logger } = this.parts;
    switch (kindOfStrategy(name)) {
      case 'file':
        return new FileStrategy({
          name,
          users: new UsersFile({ path: usersFilePath(settings), logger }),
          logger,
        });
      case 'ldap':
        return this.directory(name);
      case 'external':
        if (this.external) return this.external.strategy;
        throw new Error('STRATEGIES names external, which was not made');
      case undefined:
        throw new Error('STRATEGIES names an unknown strategy');
    }
  }

  private directory(name: string): CredentialStrategy {
    const { settings: all, logger, clock } = this.parts;
    const settings = all.ldapDirectories[name];
    if (!settings) throw new Error(`STRATEGIES names ${name}, which has no settings`);
    return new LdapStrategy({ name, settings, logger, clock });
  }
}

function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError([describeError(error)]);
  }
}
