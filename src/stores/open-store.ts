import { join } from 'node:path';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import type { Settings } from '../config/settings';
import { LmdbStore } from './lmdb.store';
import { usesRedis } from './redis-options';
import { RedisStore } from './redis.store';
import type { Store } from './store';

export interface StoreOpening {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where the embedded store lies. */
export function embeddedStorePath({ DATA_DIR }: Pick<Settings, 'DATA_DIR'>): string {
  return join(DATA_DIR, 'store');
}

/**
 * Opens the store that the settings name. Whoever opens it closes it.
 * @throws Error when the folder of the embedded store, or a TLS file for Redis, cannot be used.
 */
export function openStore({ settings, clock, logger }: StoreOpening): Store {
  if (usesRedis(settings)) return new RedisStore({ settings, clock, logger });
  const maxCounters = settings.RATE_LIMIT_MAX_KEYS;
  return LmdbStore.open({ path: embeddedStorePath(settings), clock, logger, maxCounters });
}
