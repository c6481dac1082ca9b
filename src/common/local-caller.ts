import type { IncomingMessage } from 'node:http';
import { comparableAddress } from './client-address';
import { isLoopback } from './loopback';
import { TrustedProxies } from './trusted-proxies';

/** What proxies write of those for whom they speak (RFC 7239, and the forms before it), besides `X-Forwarded-*`. */
const proxyHeaders: ReadonlySet<string> = new Set([
  ...['forwarded', 'via', 'x-real-ip', 'x-original-url', 'x-client-ip', 'x-cluster-client-ip'],
  ...['cf-connecting-ip', 'true-client-ip', 'fastly-client-ip'],
]);

/** Tells programs of this machine from those for whom a proxy on this machine speaks. */
export class LocalCallers {
  private readonly proxies: TrustedProxies;

  /** @param networks TRUSTED_PROXIES: who is one of them speaks for others, also from this machine */
  constructor(networks: readonly string[]) {
    this.proxies = new TrustedProxies(networks);
  }

  /**
   * Whether a request comes from this machine, and nothing looks like a proxy: no header of theirs, no HTTP/1.0, which nginx before
   * 1.29.7 speaks by default, and no name of a host from elsewhere, which a page in a browser on this machine could bring (DNS
   * rebinding). A proxy on this machine that adds no header cannot be told from a local program; it has to refuse what is for these.
   */
  include({ socket, headers, httpVersion }: IncomingMessage): boolean {
    const address = comparableAddress(socket.remoteAddress ?? '');
    if (address === undefined || !isLoopback(address) || this.proxies.include(address)) return false;
    if (httpVersion === '1.0' || Object.keys(headers).some(isOfProxies)) return false;
    return isLoopback(hostIn(headers.host ?? ''));
  }
}

function isOfProxies(header: string): boolean {
  return header.startsWith('x-forwarded-') || proxyHeaders.has(header);
}

function hostIn(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}
