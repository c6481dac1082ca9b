import { type ExecutionContext, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { rateLimitClassOf } from '../common/rate-limit.decorator';
import { Settings } from '../config/settings';
import { Clock } from '../common/clock';
import { isRelay } from '../config/check-external';
import { Store } from '../stores/store';
import { AccountMac } from '../sessions/account-mac';
import { SessionsModule } from '../sessions/sessions.module';
import { StoresModule } from '../stores/stores.module';
import { AccountNames } from './account-names';
import { AccountStore } from './account-store';
import { AccountTries } from './account-tries';
import { ClientGuesses } from './client-guesses';
import { BarredLogins } from './barred-logins';
import { ThrottlerStore } from './throttler-store';
import { RequestThrottlerGuard } from './throttler.guard';

@Module({
  imports: [StoresModule],
  providers: [ThrottlerStore],
  exports: [ThrottlerStore],
})
class ThrottlerStoreModule {}

/** For the doors at which clients authenticate. */
@Module({ imports: [StoresModule], providers: [ClientGuesses], exports: [ClientGuesses] })
export class ClientGuessesModule {}

/** For the one step at which passwords are tried. */
@Module({
  imports: [StoresModule, SessionsModule],
  providers: [
    {
      provide: AccountStore,
      inject: [Settings, Store, AccountMac, Clock],
      useFactory: (settings: Settings, store: Store, mac: AccountMac, clock: Clock) =>
        // In relay mode a login needs no store, so that it must not fail by one either.
        isRelay(settings) ? AccountStore.withMemory(store, mac, clock) : AccountStore.in(store, mac),
    },
    AccountTries,
    AccountNames,
  ],
  exports: [AccountTries, AccountNames],
})
export class AccountTriesModule {}

@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [ThrottlerStoreModule],
      inject: [Settings, ThrottlerStore, Reflector],
      useFactory: throttlerOptions,
    }),
  ],
  providers: [RequestThrottlerGuard, BarredLogins],
  exports: [RequestThrottlerGuard, ThrottlerModule],
})
export class ThrottleModule {}

/** One throttler, whose limit depends on the route's class: so the headers carry plain names, without a suffix. */
function throttlerOptions(
  settings: Settings,
  storage: ThrottlerStore,
  reflector: Reflector,
): ThrottlerModuleOptions {
  const limit = (context: ExecutionContext): number =>
    rateLimitClassOf(reflector, context) === 'login' ? settings.RATE_LIMIT_AUTH_MAX : settings.RATE_LIMIT_MAX;
  return { storage, throttlers: [{ ttl: settings.RATE_LIMIT_WINDOW_MS, limit }] };
}
