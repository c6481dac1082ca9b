import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { ConfigurationError } from '../config/load-settings';
import { Settings } from '../config/settings';
import { kindOfStrategy } from '../config/strategy-settings';
import { Authenticator } from './authenticator';
import type { CredentialStrategy } from './credential-strategy';
import { ExternalStrategy } from './external/external.strategy';
import { DemoUsers } from './file/demo-users';
import { FileStrategy } from './file/file.strategy';
import { UsersFile } from './file/users-file';
import { usersFilePath } from './file/users-file-access';
import { LdapStrategy } from './ldap/ldap.strategy';
import { TokenRelay } from './token-relay';

/** Lets the strategies go of their connections when the process ends. */
@Injectable()
class StrategyCloser implements OnApplicationShutdown {
  constructor(private readonly authenticator: Authenticator) {}

  onApplicationShutdown(): Promise<void> {
    return this.authenticator.close();
  }
}

@Module({
  providers: [
    { provide: DemoUsers, inject: [Settings], useFactory: demoUsers },
    { provide: Authenticator, inject: [Settings, Logger, Clock, DemoUsers], useFactory: authenticator },
    { provide: TokenRelay, useValue: null },
    StrategyCloser,
  ],
  exports: [Authenticator, DemoUsers, TokenRelay],
})
export class StrategiesModule {}

/** Only a gateway without any STRATEGIES has demo users. */
async function demoUsers(settings: Settings): Promise<DemoUsers | null> {
  return settings.STRATEGIES.length === 0 ? DemoUsers.create() : null;
}

function authenticator(
  settings: Settings,
  logger: Logger,
  clock: Clock,
  demo: DemoUsers | null,
): Authenticator {
  if (demo) return new Authenticator([new FileStrategy({ name: 'file', users: demo, logger })]);
  return new Authenticator(settings.STRATEGIES.map((name) => configured(name, settings, logger, clock)));
}

/** A strategy that cannot be made has a setting that cannot be used, such as a file that is not there. */
function configured(name: string, settings: Settings, logger: Logger, clock: Clock): CredentialStrategy {
  try {
    return strategy(name, settings, logger, clock);
  } catch (error) {
    throw new ConfigurationError([describeError(error)]);
  }
}

function strategy(name: string, settings: Settings, logger: Logger, clock: Clock): CredentialStrategy {
  switch (kindOfStrategy(name)) {
    case 'file':
      return new FileStrategy({
        name,
        users: new UsersFile({ path: usersFilePath(settings), logger }),
        logger,
      });
    case 'ldap':
      return directory(name, settings, logger, clock);
    case 'external':
      return new ExternalStrategy({ name, settings, logger, clock });
    case undefined:
      throw new Error('STRATEGIES names an unknown strategy');
  }
}

function directory(
  name: string,
  { ldapDirectories }: Settings,
  logger: Logger,
  clock: Clock,
): CredentialStrategy {
  const settings = ldapDirectories[name];
  if (!settings) throw new Error(`STRATEGIES names ${name}, which has no settings`);
  return new LdapStrategy({ name, settings, logger, clock });
}
