import { Module } from '@nestjs/common';
import { AuditTrail } from '../common/audit-trail';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { isRelay } from '../config/check-external';
import { signingAlgorithm } from '../config/check-keys';
import { Settings } from '../config/settings';
import { Store } from '../stores/store';
import { StoresModule } from '../stores/stores.module';
import { JwksController } from './jwks.controller';
import type { KeyEvent } from './key-ring-events';
import { RotatingKeys } from './rotating-keys';
import { sharedSecret } from './signing-key';
import { NoKeys, SharedSecretKeys, SigningKeys } from './signing-keys';
import { StoredKeyRing } from './stored-key-ring';
import { TokenService } from './token.service';

@Module({
  imports: [StoresModule],
  controllers: [JwksController],
  providers: [
    TokenService,
    { provide: SigningKeys, inject: [Settings, Store, Clock, Logger, AuditTrail], useFactory: keysOf },
  ],
  exports: [TokenService, SigningKeys],
})
export class TokensModule {}

function keysOf(
  settings: Settings,
  store: Store,
  clock: Clock,
  logger: Logger,
  audit: AuditTrail,
): SigningKeys {
  if (isRelay(settings)) return new NoKeys();
  const algorithm = signingAlgorithm(settings);
  if (algorithm !== 'HS256') {
    const stored = new StoredKeyRing({
      store,
      clock,
      settings,
      algorithm,
      onChange: (events) => record(audit, events),
    });
    return new RotatingKeys({ stored, clock, logger });
  }
  if (settings.JWT_SECRET === undefined) throw new Error('JWT_SECRET is needed by HS256');
  return new SharedSecretKeys(sharedSecret(settings.JWT_SECRET));
}

/** Of a rotation that no operator asked for. */
function record(audit: AuditTrail, events: readonly KeyEvent[]): void {
  const origin = { door: 'keys', requestId: 'key-rotation', address: '' };
  for (const event of events) audit.record({ event: 'signing_key', outcome: 'success', ...origin, ...event });
}
