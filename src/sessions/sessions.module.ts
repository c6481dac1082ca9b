import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { readOrCreatePrivateFile } from '../common/private-file';
import { Settings } from '../config/settings';
import { Store } from '../stores/store';
import { StoresModule } from '../stores/stores.module';
import { RefreshTokenCodec } from './refresh-token';
import {
  LocalRefreshTokenKey,
  macKeyBytes,
  type RefreshTokenKey,
  SharedRefreshTokenKey,
} from './refresh-token-key';
import { SessionService } from './session.service';
import { SweepLease } from './sweep-lease';

/** A start does not wait longer for a store that is not there yet; requests are answered 503 until it is. */
const startPatienceMs = 2_000;

@Module({
  imports: [StoresModule],
  providers: [
    {
      provide: RefreshTokenCodec,
      inject: [Settings, Store, Clock, Logger],
      useFactory: async (settings: Settings, store: Store, clock: Clock, logger: Logger) =>
        new RefreshTokenCodec(
          settings.REDIS_URL === undefined ? localKey(settings) : await sharedKey(store, clock, logger),
        ),
    },
    SessionService,
    SweepLease,
  ],
  exports: [SessionService, SweepLease],
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
