import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock';
import { Instruments } from '../common/instruments';
import { Logger } from '../common/logger';
import { Settings } from '../config/settings';
import { MeasuredStore } from './measured.store';
import { openStore, type StoreOpening } from './open-store';
import { Store } from './store';

/** Opens the store, and closes what it opened. A store that a test put in its place is the test's to close. */
@Injectable()
class StoreOpener implements OnApplicationShutdown {
  private opened: Store | undefined;

  open(opening: StoreOpening, instruments: Instruments): Store {
    this.opened = new MeasuredStore(openStore(opening), instruments);
    return this.opened;
  }

  /** The last hook of a shutdown: running requests have been answered by then, and they need the store. */
  async onApplicationShutdown(): Promise<void> {
    await this.opened?.close();
  }
}

/** Gives every room the one `Store`. */
@Module({
  providers: [
    StoreOpener,
    {
      provide: Store,
      inject: [StoreOpener, Settings, Clock, Logger, Instruments],
      useFactory: (
        opener: StoreOpener,
        settings: Settings,
        clock: Clock,
        logger: Logger,
        instruments: Instruments,
      ) => opener.open({ settings, clock, logger }, instruments),
    },
  ],
  exports: [Store],
})
export class StoresModule {}
