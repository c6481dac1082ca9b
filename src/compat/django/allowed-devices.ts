import { isIPv4 } from 'node:net';
import { Clock } from '../../common/clock';
import { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import type { Settings } from '../../config/settings';
import type { HostLookup } from '../../strategies/outbound/host-lookup';
import { comparableAddress } from './client-address';

type DeviceSettings = Pick<Settings, 'DJANGO_ALLOWED_IP_PREFIXES' | 'DJANGO_ALLOWED_HOSTNAMES'>;

export interface AllowedDevicesOptions {
  readonly settings: DeviceSettings;
  readonly hosts: Pick<HostLookup, 'addresses'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a request waits for the addresses of a name. */
const lookupLimitMs = 2_000;
/** A name that could not be looked up is let alone for this long, so that strangers cannot make us ask without end. */
const silenceMs = 30_000;

/** Knows which client addresses may use the dialect. */
export class AllowedDevices {
  /** False where nothing is restricted. */
  readonly isRestricted: boolean;
  private readonly prefixes: readonly string[];
  private readonly askAgainAtMs = new Map<string, number>();

  constructor(private readonly options: AllowedDevicesOptions) {
    const { DJANGO_ALLOWED_IP_PREFIXES: prefixes, DJANGO_ALLOWED_HOSTNAMES: names } = options.settings;
    this.isRestricted = prefixes.length + names.length > 0;
    this.prefixes = prefixes.map((prefix) => prefix.toLowerCase());
  }

  /** @param address as `comparableAddress` writes it. Never fails: a name that cannot be looked up allows nobody. */
  async include(address: string): Promise<boolean> {
    if (this.prefixes.some((prefix) => begins(address, prefix))) return true;
    const names = this.options.settings.DJANGO_ALLOWED_HOSTNAMES;
    const found = await Promise.all(names.map((name) => this.addressesOf(name)));
    return found.flat().some((known) => comparableAddress(known) === address);
  }

  private async addressesOf(name: string): Promise<readonly string[]> {
    const { hosts, clock, logger } = this.options;
    if (clock.nowMs() < (this.askAgainAtMs.get(name) ?? 0)) return [];
    try {
      return await hosts.addresses(name, lookupLimitMs);
    } catch (error) {
      if (clock.nowMs() >= (this.askAgainAtMs.get(name) ?? 0)) {
        const detail = `${name}: ${describeError(error)}`;
        logger.warn(
          { detail },
          'A name of DJANGO_ALLOWED_HOSTNAMES cannot be looked up and allows nobody for now',
        );
      }
      this.askAgainAtMs.set(name, clock.nowMs() + silenceMs);
      return [];
    }
  }
}

/** A whole IPv4 address means itself: as a mere beginning, 10.1.2.3 would let 10.1.2.30 in. */
function begins(address: string, prefix: string): boolean {
  return isIPv4(prefix) ? address === prefix : address.startsWith(prefix);
}
