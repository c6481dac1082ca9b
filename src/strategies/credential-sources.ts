import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { Clock } from '../common/clock';
import type { Instruments } from '../common/instruments';
import type { Logger } from '../common/logger';
import type { FileWatcher } from '../common/watched-files';
import { describeError } from '../common/system-error';
import { ConfigurationError } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { kindOfStrategy } from '../config/strategy-settings';
import type { CredentialStrategy } from './credential-strategy';
import type { ExternalParts } from './external/external-parts';
import type { DemoUsers } from './file/demo-users';
import { FileStrategy, hashesAtOnce } from './file/file.strategy';
import { UsersFile } from './file/users-file';
import { usersFilePath } from './file/users-file-access';
import type { OwnStrategies } from './own/own-strategies';
import { OwnStrategy } from './own/own-strategy';
import { type Shadow, shadowOf } from './shadow';
import type { TokenRelay } from './token-relay';

interface LoadRoom {
  (room: './external/external-parts'): typeof import('./external/external-parts');
  (room: './ldap/ldap.strategy'): typeof import('./ldap/ldap.strategy');
}

/** These rooms bring large libraries, so they are loaded only where the settings name one of their strategies. */
const load: LoadRoom = createRequire(__filename);

export interface SourceParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly instruments?: Instruments;
  /** Instead of everything in STRATEGIES, where that is empty. */
  readonly demo: DemoUsers | null;
  /** Those of the application around the gateway, for the names in STRATEGIES that are not ours. */
  readonly own?: OwnStrategies;
  /** Follows the files of the sources, where given. */
  readonly files?: FileWatcher;
}

/** Every credential source that the settings name, made once. */
export class CredentialSources {
  /** In the order of STRATEGIES. */
  readonly strategies: readonly CredentialStrategy[];
  private readonly external: ExternalParts | undefined;
  private readonly shadow: Shadow | undefined;

  /** @throws ConfigurationError with every fault: what cannot be made has a setting that cannot be used, such as a missing file. */
  constructor(private readonly parts: SourceParts) {
    const { settings, logger, clock, demo } = parts;
    const faults: string[] = [];
    const usesExternal = settings.STRATEGIES.includes('external');
    this.external = usesExternal ? madeOr(faults, () => this.externalParts()) : undefined;
    this.strategies = demo
      ? [new FileStrategy({ name: 'file', users: demo, logger })]
      : settings.STRATEGIES.flatMap((name) => madeOr(faults, () => this.strategy(name)) ?? []);
    const make = (name: string) => this.strategy(name);
    this.shadow = madeOr(faults, () => shadowOf(settings, this.strategies, { make, logger, clock }));
    if (faults.length > 0) throw new ConfigurationError([...new Set(faults)]);
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
    const { settings, logger, clock, instruments, files } = this.parts;
    const { ExternalParts } = load('./external/external-parts');
    return new ExternalParts({
      ...(instruments && { instruments }),
      name: 'external',
      settings,
      logger,
      clock,
      files,
      // The shadow looks into the other strategies, so it is made last.
      onAccepted: (login) => this.shadow?.compare(login),
    });
  }

  private strategy(name: string): CredentialStrategy {
    const { settings, logger, own = [] } = this.parts;
    const brought = own.find((strategy) => strategy.name === name);
    if (brought) return new OwnStrategy(brought, { logger });
    const processors = availableParallelism();
    switch (kindOfStrategy(name)) {
      case 'file':
        return new FileStrategy({
          name,
          users: new UsersFile({ path: usersFilePath(settings), logger }),
          logger,
          mostRunning: hashesAtOnce(processors, settings.WORKERS === 'auto' ? processors : settings.WORKERS),
        });
      case 'ldap':
        return this.directory(name);
      case 'external':
        if (this.external) return this.external.strategy;
        // Why it could not be made is told already.
        throw new ConfigurationError([]);
      case undefined:
        throw new Error('STRATEGIES names an unknown strategy');
    }
  }

  private directory(name: string): CredentialStrategy {
    const { settings: all, logger, clock, instruments, files } = this.parts;
    const settings = all.ldapDirectories[name];
    if (!settings) throw new Error(`STRATEGIES names ${name}, which has no settings`);
    const { LdapStrategy } = load('./ldap/ldap.strategy');
    return new LdapStrategy({ name, settings, logger, clock, files, ...(instruments && { instruments }) });
  }
}

/** Undefined when it cannot be made; the faults then say why. */
function madeOr<T>(faults: string[], make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    faults.push(...(error instanceof ConfigurationError ? error.faults : [describeError(error)]));
    return undefined;
  }
}
