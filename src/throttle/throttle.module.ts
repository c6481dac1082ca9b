import { type ExecutionContext, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { rateLimitClassOf } from '../common/rate-limit.decorator';
import { Settings } from '../config/settings';
import { Clock } from '../common/clock';
import { isRelay } from '../config/check-external';
import { Store } from '../stores/store';
import { StoresModule } from '../stores/stores.module';
import { AccountNames } from './account-names';
import { AccountStore, StoreOrMemory } from './account-store';
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
  imports: [StoresModule],
  providers: [
    { provide: AccountStore, inject: [Settings, Store, Clock], useFactory: accountStore },
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

/** In relay mode a login needs no store, so that it must not fail by one either. */
function accountStore(settings: Settings, store: Store, clock: Clock): AccountStore {
  return isRelay(settings) ? new StoreOrMemory(store, clock) : store;
}

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
