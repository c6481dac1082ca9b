import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describeError, systemErrorCode } from '../../../common/system-error';
import { StepFault } from '../../doctor-step';
import { chainOf } from '../../outbound/certificates';
import type { Deadline } from '../../outbound/deadline';
import { lookupOf, processHosts } from '../../outbound/host-lookup';
import type { Plan } from './doctor-plan';
import { certificateFault, handshakeFault } from './doctor-tls';

/** The IP addresses of the host of an address. @throws StepFault */
export async function lookUp(address: URL, limit: Deadline): Promise<readonly string[]> {
  const host = hostOf(address);
  try {
    return await within(processHosts.addresses(host, limit.remainingMs()), limit);
  } catch (error) {
    const code = systemErrorCode(error);
    const isUnknown = code === 'ENOTFOUND' || code === 'ENODATA';
    const reason = isUnknown ? 'nobody knows this name' : 'the name server did not answer';
    throw new StepFault(`${host}: ${reason} (${code ?? 'no answer'})`, 'EXTERNAL_AUTH_URL');
  }
}

/** A TCP connection to the first of the IP addresses that answers. @throws StepFault */
export async function openTcp(address: URL, found: readonly string[], limit: Deadline): Promise<Socket> {
  const socket = connect({
    host: hostOf(address),
    lookup: lookupOf(found),
    port: portOf(address),
    autoSelectFamily: true,
  });
  try {
    await within(event(socket, 'connect'), limit);
    return socket;
  } catch (error) {
    discard(socket);
    throw tcpFault(address, error);
  }
}

/** TLS over a connected socket, with a certificate that the service's clients may trust. @throws StepFault */
export async function openTls(
  address: URL,
  raw: Socket,
  { tls, limit }: { readonly tls: Plan['tls']; readonly limit: Deadline },
): Promise<TLSSocket> {
  const host = hostOf(address);
  const secure = connectTls({
    ...tls,
    socket: raw,
    host,
    // SNI carries names only (RFC 6066 section 3).
    servername: isIP(host) === 0 ? host : undefined,
    ALPNProtocols: ['http/1.1'],
    // The certificate is judged below, where it can still be looked at. Nothing is ever sent over this connection.
    rejectUnauthorized: false,
  });
  try {
    await within(event(secure, 'secureConnect'), limit);
    await ownCertificateTaken(secure);
  } catch (error) {
    discard(secure);
    discard(raw);
    throw isLate(error) ? late(address, 'the TLS handshake with it') : handshakeFault(address.host, error);
  }
  if (secure.authorized) return secure;
  const chain = chainOf(secure.getPeerCertificate(true));
  const code = codeOf(secure.authorizationError);
  discard(secure);
  throw certificateFault(code, { host, chain, hasAuthorities: tls.ca !== undefined });
}

/** The host without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** A socket that is thrown away may still fail; nobody wants to know. */
export function discard(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** Node's types speak of an error, Node itself gives its code as a text. */
function codeOf(authorizationError: unknown): string {
  return systemErrorCode(authorizationError) ?? describeError(authorizationError);
}

const tcpWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'no way leads to that network',
  ECONNRESET: 'it broke the connection',
};

function tcpFault(address: URL, error: unknown): StepFault {
  const code = systemErrorCode(error) ?? 'no code';
  if (isLate(error) || code === 'ETIMEDOUT') return late(address, 'connecting to it');
  const words = tcpWords[code] ?? 'connecting failed';
  return new StepFault(`connecting to ${address.origin} failed: ${words} (${code})`, 'EXTERNAL_AUTH_URL');
}

function late(address: URL, what: string): StepFault {
  const setting = 'EXTERNAL_AUTH_CONNECT_TIMEOUT_MS';
  const advice = `a firewall may drop it, or ${setting} is too short`;
  return new StepFault(`${address.origin}: ${what} took too long: ${advice}`, setting);
}

class Late extends Error {
  override readonly name = 'Late';
}

function isLate(error: unknown): boolean {
  return error instanceof Late;
}

function event(socket: Socket, name: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, resolve);
    // Stays: an error after the event, such as a refused client certificate, must not end the process.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** How long a service may take to turn our certificate down; one that says nothing has taken it. */
const verdictWaitMs = 300;

/** With TLS 1.3 a service judges our certificate after our side of the handshake is done: its ticket or its alert tells. */
async function ownCertificateTaken(secure: TLSSocket): Promise<void> {
  if (secure.getProtocol() !== 'TLSv1.3') return;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, verdictWaitMs);
      secure.once('session', () => resolve());
      secure.once('close', resolve);
      secure.once('error', reject);
      // An alert is only seen by who reads.
      secure.resume();
    });
  } finally {
    clearTimeout(timer);
  }
}

async function within<T>(work: Promise<T>, limit: Deadline): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Late('too late')), Math.ceil(limit.remainingMs()));
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
