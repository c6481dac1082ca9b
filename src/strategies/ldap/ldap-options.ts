import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { systemErrorCode } from '../../common/system-error';
import type { LdapSettings } from '../../config/strategy-settings';
import { UserFilter } from './user-filter';

/** Where a directory is and how long it may take. */
export interface DirectoryOptions {
  /** Protocol, host and port only, as ldapts wants it. */
  readonly url: string;
  /** Only for ldaps: ldapts takes `ldap://` with any TLS option for implicit TLS on that port. */
  readonly tls: ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number;
}

export interface ServiceAccount {
  readonly name: string;
  readonly password: string;
}

/** Where people are and which of them may log in. */
export interface PeopleOptions {
  readonly baseDn: string;
  readonly userFilter: UserFilter;
}

/** How a password is tried: find the entry first, or bind with a user principal name. */
export type BindOptions =
  | { readonly mode: 'search'; readonly serviceAccount: ServiceAccount | undefined }
  | { readonly mode: 'upn'; readonly domain: string };

export interface LdapOptions {
  readonly directory: DirectoryOptions;
  readonly people: PeopleOptions;
  readonly bind: BindOptions;
  /** What looks like a mistake but is no reason not to start. */
  readonly warnings: readonly string[];
}

/**
 * Turns the settings into what the strategy works with, and reads the authorities' file.
 * @throws Error that names the setting, so that a mistake stops the start and not the first login.
 */
export function ldapOptions(settings: LdapSettings): LdapOptions {
  const url = settings.LDAP_URL;
  if (!url) throw new Error('LDAP_URL is needed for LDAP logins');
  return {
    directory: {
      url: `${url.protocol}//${url.host}`,
      tls: url.protocol === 'ldaps:' ? tlsOptions(url, settings.LDAP_TLS_CA_FILE) : undefined,
      connectTimeoutMs: settings.LDAP_CONNECT_TIMEOUT_MS,
      operationTimeoutMs: settings.LDAP_OPERATION_TIMEOUT_MS,
    },
    people: { baseDn: baseDn(settings), userFilter: new UserFilter(settings.LDAP_USER_FILTER) },
    bind: bindOptions(settings),
    warnings: transportWarnings(url, settings),
  };
}

function bindOptions(settings: LdapSettings): BindOptions {
  const { LDAP_BIND_DN: name, LDAP_BIND_PASSWORD: password, LDAP_DOMAIN: domain } = settings;
  const mode = settings.LDAP_BIND_MODE ?? (domain && !name ? 'upn' : 'search');
  if (mode === 'upn') {
    if (!domain) throw new Error('LDAP_DOMAIN is needed by LDAP_BIND_MODE=upn');
    return { mode, domain };
  }
  return { mode, serviceAccount: name ? serviceAccount(name, password) : undefined };
}

function serviceAccount(name: string, password: string | undefined): ServiceAccount {
  // A name without a password would be an unauthenticated bind (RFC 4513 section 5.1.2), which succeeds as nobody.
  if (!password) throw new Error('LDAP_BIND_PASSWORD is needed by LDAP_BIND_DN');
  if (!/[=@\\]/.test(name)) throw new Error('LDAP_BIND_DN must be a DN, or user@domain in Active Directory');
  return { name, password };
}

function baseDn(settings: LdapSettings): string {
  if (settings.LDAP_BASE_DN) return settings.LDAP_BASE_DN;
  if (!settings.LDAP_DOMAIN) throw new Error('LDAP_BASE_DN is needed for LDAP logins (or LDAP_DOMAIN)');
  // RFC 2247 section 2: each label of a DNS name is one DC part.
  return settings.LDAP_DOMAIN.split('.')
    .map((label) => `DC=${label}`)
    .join(',');
}

function tlsOptions(url: URL, caFile: string | undefined): ConnectionOptions {
  const host = hostOf(url);
  return {
    ca: caFile === undefined ? undefined : readAuthorities(caFile),
    // SNI carries names only, never addresses (RFC 6066 section 3).
    servername: isIP(host) === 0 ? host : undefined,
  };
}

function readAuthorities(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`LDAP_TLS_CA_FILE cannot be read (${systemErrorCode(error) ?? 'unreadable'})`, {
      cause: error,
    });
  }
  if (!holdsCertificate(pem)) throw new Error('LDAP_TLS_CA_FILE holds no PEM certificate');
  return pem;
}

/** Node's TLS ignores a file without a certificate in silence; then every handshake fails. */
function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function transportWarnings(url: URL, settings: LdapSettings): string[] {
  if (url.protocol === 'ldaps:') return [];
  const warnings = [];
  if (settings.LDAP_TLS_CA_FILE) warnings.push('LDAP_TLS_CA_FILE has no effect with ldap://');
  if (!isLoopback(hostOf(url)))
    warnings.push('LDAP_URL is ldap://: passwords cross the network in clear text');
  return warnings;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
