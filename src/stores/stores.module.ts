import cluster from 'node:cluster';
import { join } from 'node:path';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { Settings } from '../config/settings';
import type { Counters } from './counters';
import { LmdbStore } from './lmdb.store';
import { usesRedis } from './redis-options';
import { RedisStore } from './redis.store';
import { SharedCounters } from './shared-counters';
import { Store } from './store';
import { WindowCounters } from './window-counters';

/** Opens the store, and closes what it opened. A store that a test put in its place is the test's to close. */
@Injectable()
class StoreOpener implements OnApplicationShutdown {
  private opened: Store | undefined;

  open(settings: Settings, clock: Clock, logger: Logger): Store {
    this.opened = usesRedis(settings)
      ? new RedisStore({ settings, clock, logger })
      : LmdbStore.open({
          path: join(settings.DATA_DIR, 'store'),
          clock,
          logger,
          counters: countersFor(settings, clock),
        });
    return this.opened;
  }

  /** The last hook of a shutdown: running requests have been answered by then, and they need the store. */
  async onApplicationShutdown(): Promise<void> {
    await this.opened?.close();
  }
}

/** A worker counts together with the others; see `WORKERS`. */
function countersFor(settings: Settings, clock: Clock): Counters {
  if (!cluster.isWorker) return new WindowCounters(clock, settings.RATE_LIMIT_MAX_KEYS);
  const counters = new SharedCounters({ send: (message) => void process.send?.(message) });
  process.on('message', (message) => counters.take(message));
  return counters;
}

/** Gives every room the one `Store`. */
@Module({
  providers: [
    StoreOpener,
    {
      provide: Store,
      inject: [StoreOpener, Settings, Clock, Logger],
      useFactory: (opener: StoreOpener, settings: Settings, clock: Clock, logger: Logger) =>
        opener.open(settings, clock, logger),
    },
  ],
  exports: [Store],
})
export class StoresModule {}
