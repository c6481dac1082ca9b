import { connect, isIP, type Socket } from 'node:net';
import {
  connect as connectTls,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { systemErrorCode } from '../../../common/system-error';
import type { FileWatcher } from '../../../common/watched-files';
import type { ExternalSettings } from '../../../config/external-settings';
import { chainOf } from '../../outbound/certificates';
import type { Deadline } from '../../outbound/deadline';
import { type HostLookup, LookupFailure, lookupOf, processHosts } from '../../outbound/host-lookup';
import {
  followTlsFiles,
  readTlsFiles,
  secureContextOf,
  type TlsFileSettings,
} from '../../outbound/tls-files';
import { type Fault, NotReached } from './call-failure';
import { StepLimit, StepTimeout } from './step-limit';
import { tlsFault } from './tls-failure';

/**
 * How the service's certificate is judged and what we show of our own. The same for every address; it changes with its files, so each
 * connection asks for it anew.
 */
export interface TlsTerms {
  readonly secureContext: SecureContext;
  readonly hasAuthorities: boolean;
}

/** How one connection is made. The three steps share one limit. */
export interface ConnectTerms {
  readonly limit: StepLimit;
  readonly tls: TlsTerms;
  /** Finds the addresses of host names; if absent, the one of the process. Tests answer themselves. */
  readonly hosts?: HostLookup | undefined;
}

const minVersion = 'TLSv1.2';
const keepAliveAfterMs = 30_000;

/**
 * Reads the TLS files, so that a mistake stops the start and not the first login.
 * @param watcher follows them, where given
 * @throws Error that names the setting.
 */
export function tlsTermsOf(settings: ExternalSettings, watcher?: FileWatcher): TlsTerms {
  const files: TlsFileSettings = {
    ca: { setting: 'EXTERNAL_AUTH_TLS_CA_FILE', path: settings.EXTERNAL_AUTH_TLS_CA_FILE },
    cert: { setting: 'EXTERNAL_AUTH_TLS_CERT_FILE', path: settings.EXTERNAL_AUTH_TLS_CERT_FILE },
    key: { setting: 'EXTERNAL_AUTH_TLS_KEY_FILE', path: settings.EXTERNAL_AUTH_TLS_KEY_FILE },
  };
  const followed = followTlsFiles(files, () => termsIn(files), watcher);
  return {
    get secureContext() {
      return followed.current.secureContext;
    },
    get hasAuthorities() {
      return followed.current.hasAuthorities;
    },
  };
}

function termsIn(files: TlsFileSettings): TlsTerms {
  const read = readTlsFiles(files);
  const secureContext = secureContextOf({ ...read, minVersion }, 'EXTERNAL_AUTH_TLS_*_FILE');
  return { secureContext, hasAuthorities: read.ca !== undefined };
}

/** How long the three steps of connecting may take together, within a call that ends at the deadline. */
export function connectLimit(ms: number, deadline: Deadline): StepLimit {
  return StepLimit.within(deadline, { ms, setting: 'EXTERNAL_AUTH_CONNECT_TIMEOUT_MS' });
}

/** A socket on which HTTP can be spoken: looked up, connected and, for `https:`, encrypted. @throws NotReached */
export async function openSocket(address: URL, terms: ConnectTerms): Promise<Socket> {
  const socket = await openTcp(address, await lookUp(address, terms), terms);
  return address.protocol === 'https:' ? openTls(address, socket, terms) : socket;
}

/** The IP addresses of the host, at least one. @throws NotReached */
export async function lookUp(
  address: URL,
  { limit, hosts = processHosts }: Pick<ConnectTerms, 'limit' | 'hosts'>,
): Promise<readonly string[]> {
  try {
    // The whole limit even in a hurry: others wait for the same answer.
    return await limit.bound(hosts.addresses(hostOf(address), limit.ownMs));
  } catch (error) {
    if (error instanceof StepTimeout) throw late(address, limit, 'the name server did not answer');
    const words = error instanceof LookupFailure ? error.message : 'its host name could not be looked up';
    throw notReached(address, { words: `${words}; see EXTERNAL_AUTH_URL`, setting: 'EXTERNAL_AUTH_URL' });
  }
}

/** TCP to the first of these IP addresses that answers (RFC 8305). @throws NotReached, with the socket closed. */
export async function openTcp(
  address: URL,
  ipAddresses: readonly string[],
  { limit }: Pick<ConnectTerms, 'limit'>,
): Promise<Socket> {
  const socket = connect({
    host: hostOf(address),
    lookup: lookupOf(ipAddresses),
    port: portOf(address),
    autoSelectFamily: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveAfterMs,
    noDelay: true,
  });
  try {
    await limit.bound(opened(socket, 'connect'));
    return socket;
  } catch (error) {
    socket.destroy();
    throw notReached(address, error instanceof StepTimeout ? noConnectionWithin(limit) : tcpFault(error));
  }
}

/** The TLS handshake over a connected socket. @throws NotReached, with the socket closed. */
export async function openTls(
  address: URL,
  socket: Socket,
  { limit, tls }: ConnectTerms,
): Promise<TLSSocket> {
  // A DNS name may end with the dot of the root; a certificate's never does.
  const host = hostOf(address).replace(/\.$/, '');
  const secure = connectTls({
    socket,
    host,
    // SNI carries names only, never addresses (RFC 6066 section 3).
    ...(isIP(host) === 0 && { servername: host }),
    secureContext: tls.secureContext,
    minVersion,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  });
  let shown: DetailedPeerCertificate | undefined;
  // Runs before Node judges the certificate; after a refusal there is nothing left to look at. For the message only.
  secure.prependListener('secure', () => (shown = secure.getPeerCertificate(true)));
  try {
    await limit.bound(opened(secure, 'secureConnect'));
    return secure;
  } catch (error) {
    secure.destroy();
    socket.destroy();
    if (error instanceof StepTimeout) throw late(address, limit, 'the TLS handshake was not done');
    const { hasAuthorities } = tls;
    throw notReached(address, tlsFault(error, { host, hasAuthorities, chain: chainOf(shown) }));
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    // Stays: an error without a listener would end the process.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

/** The host of an address, without the brackets of an IPv6 one. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

const noConnection = 'it took no connection';
const firewall = 'a firewall may drop it';

const tcpWords: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['EHOSTUNREACH', 'no way leads to this host'],
  ['ENETUNREACH', 'no way leads to this network'],
  ['ETIMEDOUT', `${noConnection}, ${firewall}`],
  ['ECONNRESET', 'it broke off the connection'],
]);

function tcpFault(error: unknown): Fault {
  const code = systemErrorCode(error) ?? 'no code';
  const words = tcpWords.get(code) ?? 'no connection came about';
  return { words: `${words} (${code}); see EXTERNAL_AUTH_URL`, setting: 'EXTERNAL_AUTH_URL' };
}

function noConnectionWithin({ words, setting }: StepLimit): Fault {
  return { words: `${noConnection} ${words}: ${firewall}`, setting };
}

function late(address: URL, limit: StepLimit, words: string): NotReached {
  return notReached(address, { words: `${words} ${limit.words}`, setting: limit.setting });
}

function notReached({ origin }: URL, { words, setting }: Fault): NotReached {
  return new NotReached(`${origin}: ${words}`, setting === undefined ? {} : { setting });
}
