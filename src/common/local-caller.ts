import type { IncomingMessage } from 'node:http';
import { comparableAddress } from './client-address';
import { isLoopback } from './loopback';
import { TrustedProxies } from './trusted-proxies';

/** What proxies write of those for whom they speak (RFC 7239, and the forms before it). */
const forwardingHeaders = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-original-url',
];

/** Tells callers of this machine from those for whom a proxy on this machine speaks. */
export class LocalCallers {
  private readonly proxies: TrustedProxies;

  /** @param networks TRUSTED_PROXIES: who is one of them speaks for others, also from this machine */
  constructor(networks: readonly string[]) {
    this.proxies = new TrustedProxies(networks);
  }

  /** Whether a request comes from this machine, and nothing says that it came from elsewhere before. */
  include({ socket: { remoteAddress = '' }, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
    const address = comparableAddress(remoteAddress);
    if (address === undefined || !isLoopback(address) || this.proxies.include(address)) return false;
    return forwardingHeaders.every((name) => headers[name] === undefined);
  }
}
