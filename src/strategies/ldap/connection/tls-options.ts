import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { LdapSettings } from '../../../config/ldap-settings';
import type { HostLookup } from '../../outbound/host-lookup';
import { isLoopback } from '../../../common/loopback';
import type { LdapTimers } from './measured-client';
import type { FileWatcher } from '../../../common/watched-files';
import {
  followTlsFiles,
  readTlsFiles,
  secureContextOf,
  type TlsFileSettings,
} from '../../outbound/tls-files';

/** How a server is reached: how long each step may take, and what TLS has to look like. */
export interface TransportOptions {
  /** Turns `ldap://` into TLS before anything else is sent (RFC 4511 section 4.14). */
  readonly startTls: boolean;
  /** The same for every server; it changes with its files, so each connection asks for it anew. A `servername` here is the one that LDAP_TLS_SERVER_NAME demands of all of them. */
  readonly tls: ConnectionOptions;
  readonly connectTimeoutMs: number;
  readonly tlsTimeoutMs: number;
  readonly operationTimeoutMs: number;
  /** Finds the addresses of host names; if absent, the one of the process. Tests answer themselves. */
  readonly hosts?: HostLookup;
  /** Gives up while a connection is being opened. Must not fire afterwards. */
  readonly signal?: AbortSignal;
  /** Of the server that is connected to; without them nothing is timed. */
  readonly timers?: LdapTimers;
}

/** Addresses name at least the protocol; `srv:` ones are resolved to `ldap://`. */
type PlaintextSettings = Pick<LdapSettings, 'LDAP_START_TLS' | 'LDAP_ALLOW_PLAINTEXT'>;

/**
 * Reads the settings and the files that they name: a mistake stops the start and not the first login.
 * @param watcher follows the files, where given
 * @throws Error that names the setting.
 */
export function transportOptions(settings: LdapSettings, watcher?: FileWatcher): TransportOptions {
  const files: TlsFileSettings = {
    ca: { setting: 'LDAP_TLS_CA_FILE', path: settings.LDAP_TLS_CA_FILE },
    cert: { setting: 'LDAP_TLS_CERT_FILE', path: settings.LDAP_TLS_CERT_FILE },
    key: { setting: 'LDAP_TLS_KEY_FILE', path: settings.LDAP_TLS_KEY_FILE },
  };
  const tls = followTlsFiles(files, () => tlsIn(files, settings), watcher);
  return {
    startTls: settings.LDAP_START_TLS,
    get tls() {
      return tls.current;
    },
    connectTimeoutMs: settings.LDAP_CONNECT_TIMEOUT_MS,
    tlsTimeoutMs: settings.LDAP_TLS_TIMEOUT_MS,
    operationTimeoutMs: settings.LDAP_OPERATION_TIMEOUT_MS,
  };
}

/** The same with timers. Its TLS files go on being followed, which a copy would not do. */
export function timedTransport(transport: TransportOptions, timers: LdapTimers): TransportOptions {
  return {
    ...transport,
    timers,
    get tls() {
      return transport.tls;
    },
  };
}

function tlsIn(files: TlsFileSettings, settings: LdapSettings): ConnectionOptions {
  const read = readTlsFiles(files);
  const minVersion = settings.LDAP_TLS_MIN_VERSION;
  return {
    ...read,
    minVersion,
    // Made once: reading the authorities again for every connection costs more than the handshake.
    secureContext: secureContextOf({ ...read, minVersion }, 'LDAP_TLS_*_FILE'),
    servername: settings.LDAP_TLS_SERVER_NAME,
  };
}

/** The name that a server's certificate must have. */
export function certificateName(host: string, options: Pick<TransportOptions, 'tls'>): string {
  // A DNS name may end with the dot of the root, as SRV records write it; a certificate's never does.
  return (options.tls.servername ?? host).replace(/\.$/, '');
}

/**
 * Whether a server may have any name that DNS tells. With the public authorities that would let a forged SRV record choose the
 * name that a certificate must have (RFC 4513 section 3.1.3), so that anybody's would do.
 */
export function trustsDnsTargets({ tls }: Pick<TransportOptions, 'tls'>): boolean {
  return tls.ca !== undefined || tls.servername !== undefined;
}

/**
 * The TLS options for one server. Node checks the certificate against `localhost` when it is given a socket and neither
 * `host` nor `servername`; and SNI carries names only, never addresses (RFC 6066 section 3).
 */
export function tlsOptionsFor(host: string, options: Pick<TransportOptions, 'tls'>): ConnectionOptions {
  const name = certificateName(host, options);
  return { ...options.tls, host: name, servername: isIP(name) === 0 ? name : undefined };
}

/**
 * Why these addresses of LDAP_URL may not be used: passwords would cross the network readable. Undefined when all is well.
 * The text names no value, only which address it is.
 */
export function plaintextFault(
  addresses: readonly string[],
  settings: PlaintextSettings,
): string | undefined {
  if (settings.LDAP_START_TLS || settings.LDAP_ALLOW_PLAINTEXT) return undefined;
  const index = addresses.findIndex(isPlaintextElsewhere);
  if (index === -1) return undefined;
  const kind = /^srv:/i.test(addresses[index] ?? '')
    ? 'srv: finds ldap:// servers'
    : 'ldap:// to another host';
  return (
    `LDAP_URL (address ${index + 1}): ${kind}, so passwords would cross the network readable; ` +
    'set LDAP_START_TLS=true or use ldaps:// (LDAP_ALLOW_PLAINTEXT=true allows it all the same)'
  );
}

function isPlaintextElsewhere(address: string): boolean {
  if (/^srv:/i.test(address)) return true;
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'ldap:' && !isLoopback(hostname);
}
