import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { readOrCreatePrivateFile } from '../common/private-file';
import { Settings } from '../config/settings';
import { Store } from '../stores/store';
import { StoresModule } from '../stores/stores.module';
import { DeviceTokenCodec } from './device-token';
import { RefreshTokenCodec } from './refresh-token';
import {
  LocalRefreshTokenKey,
  macKeyBytes,
  type RefreshTokenKey,
  SharedRefreshTokenKey,
} from './refresh-token-key';
import { SessionService } from './session.service';
import { SessionTokenCodec } from './session-token';
import { SweepLease } from './sweep-lease';

/** A start does not wait longer for a store that is not there yet; requests are answered 503 until it is. */
const startPatienceMs = 2_000;
/** The one key of all tokens that stand for sessions. */
const tokenKey = Symbol('RefreshTokenKey');

@Module({
  imports: [StoresModule],
  providers: [
    {
      provide: tokenKey,
      inject: [Settings, Store, Clock, Logger],
      useFactory: (settings: Settings, store: Store, clock: Clock, logger: Logger) =>
        settings.REDIS_URL === undefined ? localKey(settings) : sharedKey(store, clock, logger),
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
    SessionService,
    SweepLease,
  ],
  exports: [SessionService, SessionTokenCodec, DeviceTokenCodec, SweepLease],
})
export class SessionsModule {}

/** The key lives beside the store: without it the sessions there are worth nothing, and with it they go on after a restart. */
function localKey(settings: Settings): RefreshTokenKey {
  const path = join(settings.DATA_DIR, 'refresh-token.key');
  const text = readOrCreatePrivateFile(path, () => randomBytes(macKeyBytes).toString('base64url'));
  return new LocalRefreshTokenKey(text, path);
}

async function sharedKey(store: Store, clock: Clock, logger: Logger): Promise<RefreshTokenKey> {
  const key = new SharedRefreshTokenKey(store, clock, logger);
  await key.load(startPatienceMs);
  return key;
}
