import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { WatchedFiles } from '../common/watched-files';
import { Settings } from '../config/settings';
import { Authenticator } from './authenticator';
import { CredentialSources } from './credential-sources';
import { DemoUsers } from './file/demo-users';
import { OwnStrategies } from './own/own-strategies';
import { TokenRelay } from './token-relay';

const longestCloseMs = 2000;

/** Lets the sources go of their connections when the process ends. */
@Injectable()
class SourceCloser implements OnApplicationShutdown {
  constructor(
    private readonly sources: CredentialSources,
    private readonly authenticator: Authenticator,
  ) {}

  /** Requests have been answered or cut off by then: what a source that hangs still owes, nobody waits for. */
  async onApplicationShutdown(): Promise<void> {
    const closed = this.sources.close(() => this.authenticator.close());
    await Promise.race([closed, sleep(longestCloseMs, undefined, { ref: false })]);
  }
}

/** What every source is made with. */
@Injectable()
class SourceTools {
  constructor(
    readonly logger: Logger,
    readonly clock: Clock,
    readonly files: WatchedFiles,
  ) {}
}

@Module({
  providers: [
    SourceTools,
    { provide: DemoUsers, inject: [Settings], useFactory: demoUsers },
    {
      provide: CredentialSources,
      inject: [Settings, SourceTools, DemoUsers, OwnStrategies],
      useFactory: (settings: Settings, tools: SourceTools, demo: DemoUsers | null, own: OwnStrategies) =>
        new CredentialSources({ settings, ...tools, demo, own }),
    },
    { provide: Authenticator, inject: [CredentialSources], useFactory: authenticator },
    { provide: TokenRelay, inject: [CredentialSources], useFactory: tokenRelay },
    SourceCloser,
  ],
  exports: [Authenticator, DemoUsers, TokenRelay],
})
export class StrategiesModule {}

/** Only a gateway without any STRATEGIES has demo users. */
async function demoUsers(settings: Settings): Promise<DemoUsers | null> {
  return settings.STRATEGIES.length === 0 ? DemoUsers.create() : null;
}

function authenticator({ strategies }: CredentialSources): Authenticator {
  return new Authenticator(strategies);
}

/** Null where the gateway signs its own tokens. */
function tokenRelay({ relay }: CredentialSources): TokenRelay | null {
  return relay;
}
