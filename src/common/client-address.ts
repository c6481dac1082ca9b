import { isIPv4, isIPv6 } from 'node:net';

/**
 * One form for each address, so that beginnings can be compared: IPv4 in dots, also where it came in IPv6 form
 * (`::ffff:192.0.2.1`), and IPv6 as RFC 5952 writes it. Undefined for what is no address.
 */
export function comparableAddress(text: string): string | undefined {
  const bare = withoutPort(text).replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return undefined;
  const canonical = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  return mapped ? inDots(mapped[1] ?? '', mapped[2] ?? '') : canonical;
}

function inDots(high: string, low: string): string {
  const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex');
  return [...bytes].join('.');
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711` into `X-Forwarded-For`. */
function withoutPort(address: string): string {
  const match = /^(\d+(?:\.\d+){3}):\d+$/.exec(address) ?? /^\[([^\]]+)\](?::\d+)?$/.exec(address);
  return match?.[1] ?? address;
}
