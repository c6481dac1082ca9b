import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { tooManyLoginsText } from '../common/wait-text';
import { Settings } from '../config/settings';
import { addressKey } from './address-key';

/** More than a window of the default length has seconds. */
const mostKeptRefusals = 1000;

interface Bar {
  readonly limit: number;
  readonly untilMs: number;
}

/**
 * Remembers which addresses the throttler has found to be over their limit of logins, until their window ends. So a flood's requests
 * are refused before their bodies are read and before the store is asked; who is over the limit is decided by the throttler alone.
 */
@Injectable()
export class BarredLogins {
  private readonly bars = new Map<string, Bar>();
  private readonly refusals = new Map<string, GatehouseError>();

  constructor(
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Pick<Settings, 'RATE_LIMIT_MAX_KEYS'>,
  ) {}

  /** With too many, the one that was barred first is forgotten; the throttler bars it again. */
  bar(address: string, limit: number, secondsLeft: number): void {
    const key = addressKey(address);
    const [oldest] = this.bars.keys();
    const isFull = this.bars.size >= this.settings.RATE_LIMIT_MAX_KEYS && !this.bars.has(key);
    if (isFull && oldest !== undefined) this.bars.delete(oldest);
    this.bars.set(key, { limit, untilMs: this.clock.nowMs() + secondsLeft * 1000 });
  }

  /** The answer to a login of an address that is barred; undefined for all others. */
  refusalOf(address: string): GatehouseError | undefined {
    if (this.bars.size === 0) return undefined;
    const key = addressKey(address);
    const bar = this.bars.get(key);
    if (!bar) return undefined;
    const leftMs = bar.untilMs - this.clock.nowMs();
    if (leftMs > 0) return this.keptRefusal(bar.limit, Math.ceil(leftMs / 1000));
    this.bars.delete(key);
    return undefined;
  }

  /** The same one for all addresses that have to wait for as long: to make one costs more than to send it. */
  private keptRefusal(limit: number, secondsLeft: number): GatehouseError {
    const key = `${limit} ${secondsLeft}`;
    const old = this.refusals.get(key);
    if (old) return old;
    if (this.refusals.size >= mostKeptRefusals) this.refusals.clear();
    const refusal = tooManyLogins(limit, secondsLeft);
    this.refusals.set(key, refusal);
    return refusal;
  }

  get size(): number {
    return this.bars.size;
  }
}

/** @param secondsLeft until the window of the address ends */
export function tooManyLogins(limit: number, secondsLeft: number): GatehouseError {
  return new GatehouseError('TOO_MANY_REQUESTS', {
    limit: 'login',
    text: tooManyLoginsText(secondsLeft),
    retryAfterSeconds: secondsLeft,
    headers: limitHeaders(limit, secondsLeft),
  });
}

/** What a refused client is told of its limit. */
export function limitHeaders(limit: number, secondsLeft: number): Readonly<Record<string, string>> {
  return {
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': String(secondsLeft),
  };
}
