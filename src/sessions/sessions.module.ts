import { Module } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { Settings } from '../config/settings';
import { Store } from '../stores/store';
import { StoresModule } from '../stores/stores.module';
import { AccountMac } from './account-mac';
import { DeviceTokenCodec } from './device-token';
import { openTokenKey } from './open-token-key';
import { RefreshTokenCodec } from './refresh-token';
import type { RefreshTokenKey } from './refresh-token-key';
import { SessionService } from './session.service';
import { SessionTokenCodec } from './session-token';
import { SweepLease } from './sweep-lease';

/** The one key of all tokens that stand for sessions. */
const tokenKey = Symbol('RefreshTokenKey');

@Module({
  imports: [StoresModule],
  providers: [
    {
      provide: tokenKey,
      inject: [Settings, Store, Clock, Logger],
      useFactory: (settings: Settings, store: Store, clock: Clock, logger: Logger) =>
        openTokenKey({ settings, store, clock, logger }),
    },
    {
      provide: RefreshTokenCodec,
      inject: [tokenKey],
      useFactory: (key: RefreshTokenKey) => new RefreshTokenCodec(key),
    },
    {
      provide: SessionTokenCodec,
      inject: [tokenKey],
      useFactory: (key: RefreshTokenKey) => new SessionTokenCodec(key),
    },
    {
      provide: DeviceTokenCodec,
      inject: [tokenKey, Clock, Settings],
      useFactory: (key: RefreshTokenKey, clock: Clock, settings: Settings) =>
        new DeviceTokenCodec(key, clock, settings),
    },
    {
      provide: AccountMac,
      inject: [tokenKey],
      useFactory: (key: RefreshTokenKey) => new AccountMac(key),
    },
    SessionService,
    SweepLease,
  ],
  exports: [SessionService, SessionTokenCodec, DeviceTokenCodec, AccountMac, SweepLease],
})
export class SessionsModule {}
