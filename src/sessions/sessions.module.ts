import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { readOrCreatePrivateFile } from '../common/private-file';
import { Settings } from '../config/settings';
import { StoresModule } from '../stores/stores.module';
import { RefreshTokenCodec } from './refresh-token';
import { SessionService } from './session.service';
import { SweepLease } from './sweep-lease';

const macKeyBytes = 32;

@Module({
  imports: [StoresModule],
  providers: [
    { provide: RefreshTokenCodec, useFactory: refreshTokenCodec, inject: [Settings] },
    SessionService,
    SweepLease,
  ],
  exports: [SessionService, SweepLease],
})
export class SessionsModule {}

/** The key lives beside the store: without it the sessions there are worth nothing, and with it they go on after a restart. */
function refreshTokenCodec(settings: Settings): RefreshTokenCodec {
  const path = join(settings.DATA_DIR, 'refresh-token.key');
  const key = Buffer.from(
    readOrCreatePrivateFile(path, () => randomBytes(macKeyBytes).toString('base64url')),
    'base64url',
  );
  if (key.length !== macKeyBytes)
    throw new Error(`${path} does not hold ${macKeyBytes} bytes in base64url (DATA_DIR)`);
  return new RefreshTokenCodec(key);
}
