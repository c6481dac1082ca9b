import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Clock } from '../common/clock';
import { Store } from '../stores/store';

type Hit = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * Counts hits for the throttler in our own store: bounded, one step for each hit however many there were, and shared by all
 * processes that share the store. The throttler's bundled storage keeps every address for ever.
 */
@Injectable()
export class ThrottlerStore implements ThrottlerStorage {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** `ttl` comes in milliseconds, the answer's times go out in seconds: the library's interface has it so. */
  async increment(key: string, ttl: number, limit: number): Promise<Hit> {
    const { count, endsAtMs } = await this.store.increment(`throttle:${key}`, ttl);
    // At least one second, or a client that trusts it would come back at once.
    const secondsLeft = Math.max(1, Math.ceil((endsAtMs - this.clock.nowMs()) / 1000));
    const isBlocked = count > limit;
    return {
      totalHits: count,
      timeToExpire: secondsLeft,
      isBlocked,
      timeToBlockExpire: isBlocked ? secondsLeft : 0,
    };
  }
}
