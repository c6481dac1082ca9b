import type { FastifyRequest } from 'fastify';
import { comparableAddress } from '../common/client-address';
import { isLoopback } from '../common/loopback';

const proxyHeaders = ['forwarded', 'via', 'x-real-ip'];

/**
 * Whether a program on this machine asks by itself. Only the socket tells, whatever TRUSTED_PROXIES says; and since a proxy on the same
 * machine asks over it too, nothing may look like one: no header of proxies, no older HTTP than theirs is by default (nginx), and no
 * name of a host from elsewhere, which a page in a browser on this machine could also bring (DNS rebinding).
 */
export function isLocalCaller({ raw, headers }: Pick<FastifyRequest, 'raw' | 'headers'>): boolean {
  const peer = comparableAddress(raw.socket.remoteAddress ?? '');
  if (peer === undefined || !isLoopback(peer)) return false;
  if (Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || proxyHeaders.includes(name)))
    return false;
  return raw.httpVersion !== '1.0' && isLoopback(hostIn(headers.host ?? ''));
}

function hostIn(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
}
