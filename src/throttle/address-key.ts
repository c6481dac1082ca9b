import ipaddr from 'ipaddr.js';

/** An IPv4 address as everybody writes it. */
const plainAddress = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * One key for all addresses that one customer of a network is given: an IPv4 address as it is, an IPv6 address by its /64.
 * An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) counts as the IPv4 address that it is.
 * What is no address (a proxy may pass on anything) shares one key, so that inventing such texts buys nothing.
 */
export function addressKey(address: string): string {
  if (plainAddress.test(address)) return address;
  const bare = withoutPort(address);
  if (!ipaddr.isValid(bare)) return 'unknown';
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = parsed.toByteArray().slice(0, 8);
  return `${Buffer.from(network).toString('hex')}/64`;
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711` into `X-Forwarded-For`. */
function withoutPort(address: string): string {
  const match = /^(\d+(?:\.\d+){3}):\d+$/.exec(address) ?? /^\[([^\]]+)\](?::\d+)?$/.exec(address);
  return match?.[1] ?? address;
}
