import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { Settings } from '../config/settings';
import { tooManyRequestsText } from '../common/wait-text';
import { Store, StoreUnavailable, type WindowCount } from '../stores/store';
import { WindowCounters } from '../stores/window-counters';
import { addressKey } from './address-key';

/** A client of OAUTH_CLIENTS that somebody tries to be, and from where. */
export interface ClientGuess {
  readonly clientId: string;
  readonly address: string;
}

const mostBarred = 10_000;

/**
 * Bounds how often a client's secret can be tried, at all doors together: after RATE_LIMIT_AUTH_MAX wrong ones of one
 * address for one client, that address cannot try any for that client until RATE_LIMIT_WINDOW_MS is over, also none that is right. Other clients
 * behind the same address go on. Right secrets cost no count, and who is barred is known without asking the store. While the store
 * cannot count, this process does by itself.
 */
@Injectable()
export class ClientGuesses {
  private readonly barredUntilMs = new Map<string, number>();
  private readonly ownCounters: WindowCounters;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    @Inject(Settings)
    private readonly settings: Pick<Settings, 'RATE_LIMIT_AUTH_MAX' | 'RATE_LIMIT_WINDOW_MS'>,
  ) {
    this.ownCounters = new WindowCounters(clock, mostBarred);
  }

  /** To be called before a secret is looked at. @throws GatehouseError TOO_MANY_REQUESTS */
  demandLeft(guess: ClientGuess): void {
    const untilMs = this.barredUntilMs.get(keyOf(guess));
    if (untilMs === undefined) return;
    if (untilMs > this.clock.nowMs()) throw this.tooMany(untilMs);
    this.barredUntilMs.delete(keyOf(guess));
  }

  /**
   * Counts a wrong secret, for all processes that share the store. Gives `barred` for the one that uses the last try up.
   * @throws GatehouseError TOO_MANY_REQUESTS
   */
  async countWrong(guess: ClientGuess): Promise<'barred' | 'counted'> {
    const { RATE_LIMIT_AUTH_MAX: limit, RATE_LIMIT_WINDOW_MS: windowMs } = this.settings;
    const key = keyOf(guess);
    const { count, endsAtMs } = await this.increment(key, windowMs);
    if (count >= limit) this.bar(key, endsAtMs);
    if (count > limit) throw this.tooMany(endsAtMs);
    return count === limit ? 'barred' : 'counted';
  }

  private async increment(key: string, windowMs: number): Promise<WindowCount> {
    try {
      return await this.store.increment(key, windowMs);
    } catch (error) {
      if (error instanceof StoreUnavailable) return this.ownCounters.increment(key, windowMs);
      throw error;
    }
  }

  /** With too many, the one that was barred first is forgotten; its next wrong secret bars it again. */
  private bar(key: string, untilMs: number): void {
    const [oldest] = this.barredUntilMs.keys();
    if (this.barredUntilMs.size >= mostBarred && oldest !== undefined) this.barredUntilMs.delete(oldest);
    this.barredUntilMs.set(key, untilMs);
  }

  private tooMany(untilMs: number): GatehouseError {
    const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - this.clock.nowMs()) / 1000));
    const detail = 'too many wrong secrets of one client from one address';
    return new GatehouseError('TOO_MANY_REQUESTS', {
      limit: 'client',
      text: tooManyRequestsText(retryAfterSeconds),
      retryAfterSeconds,
      detail,
    });
  }
}

function keyOf({ clientId, address }: ClientGuess): string {
  return `throttle:client:${addressKey(address)}:${clientId}`;
}
