import { type ExecutionContext, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { rateLimitClassOf } from '../common/rate-limit.decorator';
import { Settings } from '../config/settings';
import { StoresModule } from '../stores/stores.module';
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
