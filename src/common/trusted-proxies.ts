import { BlockList, isIPv4 } from 'node:net';
import { comparableAddress } from './client-address';

/** The proxies of TRUSTED_PROXIES. */
export class TrustedProxies {
  private readonly list = new BlockList();

  /** @param networks addresses, or networks with the length of their prefix (`10.0.0.0/8`) */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', length] = network.split('/');
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (length === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(length), family);
    }
  }

  /** @param address of a connection, in any form */
  include(address: string): boolean {
    const comparable = comparableAddress(address);
    return comparable !== undefined && this.list.check(comparable, isIPv4(comparable) ? 'ipv4' : 'ipv6');
  }
}
