import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import type { Settings } from '../config/settings';
import type { Counters } from './counters';
import { LmdbStore } from './lmdb.store';
import { usesRedis } from './redis-options';
import { isOurWorker, SharedCounters } from './shared-counters';
import type { Store } from './store';
import { WindowCounters } from './window-counters';

/** Brings a large library, so it is loaded only where the settings name a Redis. */
const load: (file: './redis.store') => typeof import('./redis.store') = createRequire(__filename);

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
  if (usesRedis(settings)) {
    const { RedisStore } = load('./redis.store');
    return new RedisStore({ settings, clock, logger });
  }
  const counters = countersFor(settings, clock);
  return LmdbStore.open({ path: embeddedStorePath(settings), clock, logger, counters });
}

/** A worker of ours counts together with the others (`WORKERS`); one of another program's cluster has nobody who answers. */
function countersFor(settings: Settings, clock: Clock): Counters {
  if (!isOurWorker()) return new WindowCounters(clock, settings.RATE_LIMIT_MAX_KEYS);
  const counters = new SharedCounters({ send: (message) => void process.send?.(message, () => undefined) });
  process.on('message', (message) => counters.take(message));
  return counters;
}
