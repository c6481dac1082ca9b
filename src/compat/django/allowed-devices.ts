import { type AddressBeginning, addressBeginning } from '../../config/address-beginning';
import type { Settings } from '../../config/settings';
import { AllowedNames, type AllowedNamesOptions } from './allowed-names';
import { comparableAddress } from '../../common/client-address';

type DeviceSettings = Pick<Settings, 'DJANGO_ALLOWED_IP_PREFIXES' | 'DJANGO_ALLOWED_HOSTNAMES'>;

export interface AllowedDevicesOptions extends AllowedNamesOptions {
  readonly settings: DeviceSettings;
}

/** Knows which client addresses may use the dialect. */
export class AllowedDevices {
  /** False where nothing is restricted. */
  readonly isRestricted: boolean;
  private readonly beginnings: readonly AddressBeginning[];
  private readonly names: AllowedNames;

  constructor(private readonly options: AllowedDevicesOptions) {
    const { DJANGO_ALLOWED_IP_PREFIXES: prefixes, DJANGO_ALLOWED_HOSTNAMES: names } = options.settings;
    this.isRestricted = prefixes.length + names.length > 0;
    this.beginnings = prefixes.flatMap((prefix) => addressBeginning(prefix) ?? []);
    this.names = new AllowedNames(options);
  }

  /** @param address as `comparableAddress` writes it. Never fails: a name that cannot be looked up allows nobody. */
  async include(address: string): Promise<boolean> {
    if (this.beginnings.some((beginning) => beginning.holdsFor(address))) return true;
    const names = this.options.settings.DJANGO_ALLOWED_HOSTNAMES;
    const found = await Promise.all(names.map((name) => this.names.addressesOf(name)));
    return found.flat().some((known) => comparableAddress(known) === address);
  }
}
