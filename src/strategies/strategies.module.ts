import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { ConfigurationError } from '../config/load-settings';
import { Settings } from '../config/settings';
import { kindOfStrategy } from '../config/strategy-settings';
import { Authenticator } from './authenticator';
import type { CredentialStrategy } from './credential-strategy';
import { ExternalParts } from './external/external-parts';
import { DemoUsers } from './file/demo-users';
import { FileStrategy } from './file/file.strategy';
import { UsersFile } from './file/users-file';
import { usersFilePath } from './file/users-file-access';
import { LdapStrategy } from './ldap/ldap.strategy';
import { TokenRelay } from './token-relay';

/** Lets the strategies go of their connections when the process ends. */
@Injectable()
class StrategyCloser implements OnApplicationShutdown {
  constructor(
    private readonly authenticator: Authenticator,
    @Inject(ExternalParts) private readonly external: ExternalParts | null,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.authenticator.close(), this.external?.close()]);
  }
}

@Module({
  providers: [
    { provide: DemoUsers, inject: [Settings], useFactory: demoUsers },
    { provide: ExternalParts, inject: [Settings, Logger, Clock], useFactory: externalParts },
    {
      provide: Authenticator,
      inject: [Settings, Logger, Clock, DemoUsers, ExternalParts],
      useFactory: authenticator,
    },
    { provide: TokenRelay, inject: [ExternalParts], useFactory: tokenRelay },
    StrategyCloser,
  ],
  exports: [Authenticator, DemoUsers, TokenRelay],
})
export class StrategiesModule {}

/** Only a gateway without any STRATEGIES has demo users. */
async function demoUsers(settings: Settings): Promise<DemoUsers | null> {
  return settings.STRATEGIES.length === 0 ? DemoUsers.create() : null;
}

/** Only where STRATEGIES names the external service. */
function externalParts(settings: Settings, logger: Logger, clock: Clock): ExternalParts | null {
  if (!settings.STRATEGIES.includes('external')) return null;
  return usable(() => new ExternalParts({ name: 'external', settings, logger, clock }));
}

/** Only where the service issues the tokens (docs/adr/0011-relay-keeps-no-session.md). */
function tokenRelay(external: ExternalParts | null): TokenRelay | null {
  return external?.relay ?? null;
}

function authenticator(
  settings: Settings,
  logger: Logger,
  clock: Clock,
  demo: DemoUsers | null,
  external: ExternalParts | null,
): Authenticator {
  if (demo) return new Authenticator([new FileStrategy({ name: 'file', users: demo, logger })]);
  const sources = { settings, logger, clock, external };
  return new Authenticator(settings.STRATEGIES.map((name) => usable(() => strategy(name, sources))));
}

/** What cannot be made has a setting that cannot be used, such as a file that is not there. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ConfigurationError([describeError(error)]);
  }
}

interface Sources {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly external: ExternalParts | null;
}

function strategy(name: string, sources: Sources): CredentialStrategy {
  const { settings, logger, external } = sources;
  switch (kindOfStrategy(name)) {
    case 'file':
      return new FileStrategy({
        name,
        users: new UsersFile({ path: usersFilePath(settings), logger }),
        logger,
      });
    case 'ldap':
      return directory(name, sources);
    case 'external':
      if (external) return external.strategy;
      throw new Error('STRATEGIES names external, which was not made');
    case undefined:
      throw new Error('STRATEGIES names an unknown strategy');
  }
}

function directory(name: string, { settings: all, logger, clock }: Sources): CredentialStrategy {
  const settings = all.ldapDirectories[name];
  if (!settings) throw new Error(`STRATEGIES names ${name}, which has no settings`);
  return new LdapStrategy({ name, settings, logger, clock });
}
