import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import { MeasuredClient } from './measured-client';
import { type Deadline, within as inTime } from '../../outbound/deadline';
import {
  connectFailureWords,
  type ConnectStep,
  type FailureWords,
  resultCodeOf,
  StepTimeout,
} from './directory-failure';
import { lookupOf, LookupFailure, processHosts } from '../../outbound/host-lookup';
import { chainOf } from '../../outbound/certificates';
import { certificateName, tlsOptionsFor, type TransportOptions } from './tls-options';

export { plaintextFault, type TransportOptions, transportOptions } from './tls-options';

export interface ServerAddress {
  readonly protocol: 'ldap:' | 'ldaps:';
  /** A name or an address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** No connection came about. The message says in plain words why, and nothing was sent that a server could count as a login. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  /** The setting that mends it, where there is one. */
  readonly setting: string | undefined;

  constructor(
    readonly step: ConnectStep,
    { words, setting }: FailureWords,
    cause: unknown,
  ) {
    super(words, { cause });
    this.setting = setting;
  }
}

const startTlsOid = '1.3.6.1.4.1.1466.20037';
/** Firewalls forget idle connections after some minutes; a connection that died unseen is found by this. */
const keepAliveAfterMs = 30_000;

/**
 * A connection that is open, encrypted as configured, and has answered; nobody is bound on it.
 *
 * We open the socket ourselves and hand it to ldapts, rather than let ldapts connect, because only so
 * (1) TCP and TLS have limits of their own, StartTLS included, which has none in ldapts;
 * (2) the client can never connect again by itself, as nobody: once the socket is gone, each call fails;
 * (3) the client notices when a StartTLS connection closes: ldapts watches the socket that it was given, and after its own
 *     StartTLS that is the wrong one.
 * The closing read of the root DSE (RFC 4512 section 5.1) is one round trip. It shows that a server lives, and is one for LDAP,
 * before any password is sent: a paused machine accepts connections too.
 * @throws ConnectFailure, with everything closed.
 */
export async function openClient(
  address: ServerAddress,
  options: TransportOptions,
  deadline: Deadline,
): Promise<Client> {
  const open = async () => clientOn(await openSocket(address, options, deadline), address, options, deadline);
  return options.timers ? options.timers.connect.run(open) : open();
}

/** The last step of it: a client on a socket that openSocket gave. @throws ConnectFailure, with everything closed. */
export async function clientOn(
  socket: Socket,
  address: ServerAddress,
  options: TransportOptions,
  deadline: Deadline,
): Promise<Client> {
  const client = clientOver(socket, options.operationTimeoutMs, options.timers);
  try {
    await within(readRootDse(client), deadline.within(options.operationTimeoutMs));
  } catch (error) {
    discard(socket);
    throw failure('answer', error, { address, options });
  }
  // The listeners of ldapts end with the connection; an error after that would end the process.
  socket.on('error', () => undefined);
  return client;
}

/** A connected and, as configured, encrypted socket. @throws ConnectFailure, with everything closed. */
export async function openSocket(
  address: ServerAddress,
  options: TransportOptions,
  deadline: Deadline,
): Promise<Socket> {
  const socket = await openTcp(address, options, deadline);
  if (address.protocol === 'ldaps:') return openTls(socket, address, options, deadline);
  if (!options.startTls) return socket;
  await askForTls(socket, address, options, deadline);
  return openTls(socket, address, options, deadline);
}

/** TCP alone; the name is looked up within the same limit. @throws ConnectFailure */
export async function openTcp(
  address: ServerAddress,
  options: TransportOptions,
  deadline: Deadline,
): Promise<Socket> {
  const limit = deadline.within(options.connectTimeoutMs);
  let socket: Socket | undefined;
  try {
    socket = connect({
      host: address.host,
      lookup: lookupOf(await addressesOf(address.host, options, limit)),
      port: address.port,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveAfterMs,
      noDelay: true,
    });
    abortWith(socket, options.signal);
    await within(event(socket, 'connect'), limit);
    return socket;
  } catch (error) {
    if (socket) discard(socket);
    throw failure('tcp', error, { address, options });
  }
}

/** The signal may have come while the name was looked up, when there was no socket yet. */
function abortWith(socket: Socket, signal: AbortSignal | undefined): void {
  if (signal?.aborted) socket.destroy();
  else signal?.addEventListener('abort', () => socket.destroy());
}

/** @throws LookupFailure; StepTimeout when the login leaves it too little time */
async function addressesOf(
  host: string,
  options: TransportOptions,
  limit: Deadline,
): Promise<readonly string[]> {
  const { hosts = processHosts, connectTimeoutMs } = options;
  try {
    // The whole limit even in a hurry: others wait for the same answer.
    return await within(hosts.addresses(host, connectTimeoutMs), limit);
  } catch (error) {
    const isSilence = error instanceof StepTimeout && error.waitedMs >= connectTimeoutMs;
    throw isSilence ? new LookupFailure(error) : error;
  }
}

/** The StartTLS request (RFC 4511 section 4.14.1), on a client that lives no longer than its answer. @throws ConnectFailure */
export async function askForTls(
  socket: Socket,
  address: ServerAddress,
  options: TransportOptions,
  deadline: Deadline,
): Promise<void> {
  const client = clientOver(socket, 0);
  try {
    await within(client.exop(startTlsOid), deadline.within(options.tlsTimeoutMs));
    // What the server sent in clear text after its answer stays with that client and is never taken for part of the session.
    socket.removeAllListeners('data');
  } catch (error) {
    discard(socket);
    throw failure('starttls', error, { address, options });
  }
}

/** The TLS handshake over a connected socket. @throws ConnectFailure */
export async function openTls(
  socket: Socket,
  address: ServerAddress,
  options: TransportOptions,
  deadline: Deadline,
): Promise<TLSSocket> {
  const secure = connectTls({ ...tlsOptionsFor(address.host, options), socket });
  let shown: DetailedPeerCertificate | undefined;
  // Runs before Node judges the certificate; after a refusal there is nothing left to look at. For the message only.
  secure.prependListener('secure', () => (shown = secure.getPeerCertificate(true)));
  try {
    await within(event(secure, 'secureConnect'), deadline.within(options.tlsTimeoutMs));
    return secure;
  } catch (error) {
    discard(secure);
    discard(socket);
    throw failure('tls', error, { address, options, shown });
  }
}

/** An address as operators write it. */
export function addressText({ protocol, host, port }: ServerAddress): string {
  return `${protocol}//${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** A client that uses this socket and never another one. */
function clientOver(socket: Socket, timeout: number, timers?: TransportOptions['timers']): Client {
  let isGiven = false;
  const createConnection = () => {
    if (isGiven) throw new Error('the server closed the connection');
    isGiven = true;
    return socket;
  };
  // The address is not used. `ldap:` on purpose: with `ldaps:` ldapts would make a TLS connection of its own.
  const options = { url: 'ldap://given-socket', timeout, createConnection };
  return timers ? new MeasuredClient(options, timers) : new Client(options);
}

/** Any answer will do, a refusal as well: some servers show their root DSE to nobody who is not bound. */
async function readRootDse(client: Client): Promise<void> {
  try {
    await client.search('', { scope: 'base', attributes: ['1.1'], sizeLimit: 1 });
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
  }
}

function event(socket: Socket, name: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const succeed = () => {
      socket.off('error', reject);
      resolve();
    };
    socket.once(name, succeed);
    socket.once('error', reject);
    // Whoever destroys it from outside causes no error.
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

function within<T>(work: Promise<T>, limit: Deadline): Promise<T> {
  const limitMs = Math.ceil(limit.remainingMs());
  return inTime(
    limitMs,
    () => work,
    () => new StepTimeout(limitMs),
  );
}

/** A socket that is thrown away may still fail; nobody wants to know. */
function discard(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}

interface FailureScene {
  readonly address: ServerAddress;
  readonly options: TransportOptions;
  readonly shown?: DetailedPeerCertificate | undefined;
}

function failure(step: ConnectStep, cause: unknown, scene: FailureScene): ConnectFailure {
  const { address, options, shown } = scene;
  const words = connectFailureWords(step, cause, {
    url: addressText(address),
    askedName: certificateName(address.host, options),
    chain: chainOf(shown),
    hasAuthorities: options.tls.ca !== undefined,
    hasClientCertificate: options.tls.cert !== undefined,
    isEncrypted: address.protocol === 'ldaps:' || options.startTls,
    minVersion: options.tls.minVersion,
    limits: options,
  });
  return new ConnectFailure(step, words, cause);
}
