import { Inject, Injectable } from '@nestjs/common';
import { GatehouseError } from '../common/gatehouse-error';
import { Settings } from '../config/settings';
import { addressKey } from '../throttle/address-key';

interface Waiting {
  /** Takes the place that has become free. */
  readonly take: () => void;
}

type PlaceSettings = Pick<Settings, 'LOGIN_MAX_RUNNING' | 'LOGIN_MAX_WAITING' | 'LOGIN_MAX_WAIT_MS'>;

/** One for all, because a flood meets it thousands of times in a second. */
const tooManyWait = noPlace('too many logins wait for a place');

/** The part of all waiting places that one address can have. */
const partOfOneAddress = 8;

/**
 * The places for logins: so many are put to the sources at the same time, some more wait, and all others are turned away at once, so
 * that a flood of logins takes a bounded part of the process and everything else goes on. Waiting addresses take turns: whoever sends a
 * hundred logins waits behind each address that sends one.
 */
@Injectable()
export class LoginPlaces {
  private running = 0;
  private waiting = 0;
  /** Those that wait, by `addressKey`, in the order of the addresses' turns. */
  private readonly queues = new Map<string, Waiting[]>();

  constructor(@Inject(Settings) private readonly settings: PlaceSettings) {}

  /**
   * Runs the task when there is a place for it.
   * @param address whose turn it is; all of one /64 of IPv6 share it
   * @throws GatehouseError SERVICE_UNAVAILABLE when too many wait, or none has become free in time; the task has not begun then
   */
  async run<T>(address: string, task: () => Promise<T>): Promise<T> {
    if (this.running < this.settings.LOGIN_MAX_RUNNING) this.running++;
    else await this.turn(address);
    try {
      return await task();
    } finally {
      this.release();
    }
  }

  /**
   * What `run` would throw at once for a login of this address now; undefined where it has a place or may wait for one. For those who
   * would rather know before they do any other work.
   */
  refusalOf(address: string): GatehouseError | undefined {
    const { LOGIN_MAX_RUNNING: mostRunning, LOGIN_MAX_WAITING: most } = this.settings;
    if (this.running < mostRunning) return undefined;
    const own = this.queues.get(addressKey(address))?.length ?? 0;
    const isFull = this.waiting >= most || own >= Math.ceil(most / partOfOneAddress);
    return isFull ? tooManyWait : undefined;
  }

  /** How many logins have a place at present. */
  get inUse(): number {
    return this.running;
  }

  /** How many logins wait for one. */
  get waitingCount(): number {
    return this.waiting;
  }

  private turn(from: string): Promise<void> {
    const refusal = this.refusalOf(from);
    if (refusal) throw refusal;
    const address = addressKey(from);
    const { LOGIN_MAX_WAIT_MS: waitMs } = this.settings;
    const queue = this.queues.get(address) ?? [];
    return new Promise((resolve, reject) => {
      const entry: Waiting = { take: () => (clearTimeout(timer), resolve()) };
      const timer = setTimeout(() => {
        this.leave(address, entry);
        reject(noPlace('no place for a login has become free in time'));
      }, waitMs);
      queue.push(entry);
      this.queues.set(address, queue);
      this.waiting++;
    });
  }

  private leave(address: string, entry: Waiting): void {
    const queue = this.queues.get(address) ?? [];
    const at = queue.indexOf(entry);
    if (at < 0) return;
    queue.splice(at, 1);
    this.waiting--;
    if (queue.length === 0) this.queues.delete(address);
  }

  /** The place goes straight to the address whose turn it is; that address goes to the end of the row. */
  private release(): void {
    const [address] = this.queues.keys();
    const queue = address === undefined ? undefined : this.queues.get(address);
    const next = queue?.shift();
    if (address === undefined || !queue || !next) return void this.running--;
    this.queues.delete(address);
    if (queue.length > 0) this.queues.set(address, queue);
    this.waiting--;
    next.take();
  }
}

function noPlace(detail: string): GatehouseError {
  return new GatehouseError('SERVICE_UNAVAILABLE', { detail, limit: 'places' });
}
