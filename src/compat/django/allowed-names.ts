import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import type { HostLookup } from '../../strategies/outbound/host-lookup';

export interface AllowedNamesOptions {
  readonly hosts: Pick<HostLookup, 'addresses'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a request waits for the addresses of a name. */
const lookupLimitMs = 2_000;
/** A name that could not be looked up is let alone for this long, so that strangers cannot make us ask without end. */
const silenceMs = 30_000;
/** An address that a name had longer ago may belong to somebody else by now. */
const oldestMs = 60_000;

/** Knows the addresses of the moment of names that stand for allowed devices. */
export class AllowedNames {
  private readonly silentUntilMs = new Map<string, number>();
  private readonly asking = new Map<string, Promise<readonly string[]>>();

  constructor(private readonly options: AllowedNamesOptions) {}

  /** Never fails, and never takes longer than 2 s: a name that cannot be looked up has no addresses. */
  async addressesOf(name: string): Promise<readonly string[]> {
    if (this.options.clock.nowMs() < (this.silentUntilMs.get(name) ?? 0)) return [];
    const running = this.asking.get(name);
    if (running) return running;
    const asking = this.ask(name).finally(() => this.asking.delete(name));
    this.asking.set(name, asking);
    return asking;
  }

  /** Those who come while it runs wait no longer than the first, who began it. */
  private async ask(name: string): Promise<readonly string[]> {
    const { hosts, clock, logger } = this.options;
    const over = new AbortController();
    try {
      const found = hosts.addresses(name, lookupLimitMs, oldestMs);
      return await Promise.race([found, tooLate(over.signal)]);
    } catch (error) {
      this.silentUntilMs.set(name, clock.nowMs() + silenceMs);
      const detail = `${name}: ${describeError(error)}`;
      logger.warn(
        { detail },
        'A name of DJANGO_ALLOWED_HOSTNAMES cannot be looked up and allows nobody for now',
      );
      return [];
    } finally {
      over.abort();
    }
  }
}

/** getaddrinfo knows no limit of its own. */
async function tooLate(signal: AbortSignal): Promise<never> {
  await sleep(lookupLimitMs, undefined, { signal });
  throw new Error(`the name server did not answer within ${lookupLimitMs} ms`);
}
