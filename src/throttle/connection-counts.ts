import type { Server } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import { addressKey } from './address-key';

export interface ConnectionLimits {
  /** Connections of all addresses together. */
  readonly max: number;
  /** Connections of one address, or of one /64 of IPv6. */
  readonly maxPerAddress: number;
  /** Addresses and networks that are not counted by themselves: proxies, who bring the connections of others. */
  readonly exempt: readonly string[];
}

/** Closes connections past the limits at once, before anything is read from them. */
export function limitConnections(server: Server, { max, maxPerAddress, exempt }: ConnectionLimits): void {
  server.maxConnections = max;
  const proxies = networks(exempt);
  const counts = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    if (proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return;
    const key = addressKey(address);
    const count = (counts.get(key) ?? 0) + 1;
    if (count > maxPerAddress) return void socket.destroy();
    counts.set(key, count);
    socket.once('close', () => {
      const left = (counts.get(key) ?? 1) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    });
  });
}

/** An IPv4 address in IPv6 form is the IPv4 address that it is. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

function networks(items: readonly string[]): BlockList {
  const list = new BlockList();
  for (const item of items) {
    const [address = '', prefix] = item.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}
