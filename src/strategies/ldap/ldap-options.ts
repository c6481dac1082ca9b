import { parseDn } from '../../common/distinguished-name';
import type { FileWatcher } from '../../common/watched-files';
import type { LdapSettings } from '../../config/ldap-settings';
import { accountStateAttributes } from './entry/account-state';
import { withoutRepeats } from './entry/attributes';
import type { DirectoryOptions } from './connection/directory';
import type { ServiceAccount } from './connection/service-binds';
import { identityAttributes } from './entry/entry-identity';
import { lockoutAttributes } from './lockout/failure-count';
import type { LockoutPolicy } from './lockout/lockout-policy';
import type { PeopleOptions } from './login-attempt';
import { passwordExpiryAttributes } from './entry/password-expiry';
import { serverSource } from './connection/server-list';
import { baseOfTemplate } from './template-login';
import { plaintextFault, transportOptions } from './connection/transport';
import { UserFilter } from './entry/user-filter';

export type { ServiceAccount };

/** How a password is tried: find the entry first, or bind with a name that is made of what was typed. */
export type BindOptions =
  | { readonly mode: 'search' }
  | { readonly mode: 'upn'; readonly domain: string }
  | { readonly mode: 'template'; readonly template: string };

export interface LdapOptions {
  readonly directory: DirectoryOptions;
  readonly people: PeopleOptions;
  readonly bind: BindOptions;
  readonly loginTimeoutMs: number;
  /** When the directory locks people, where the settings say so and it need not be read. */
  readonly lockout: LockoutPolicy | undefined;
  /** Where the policy of people without one of their own is read, where the settings say so. */
  readonly defaultPolicyDn: string | undefined;
  /** What looks like a mistake but is no reason not to start. */
  readonly warnings: readonly string[];
}

/**
 * Turns the settings into what the strategy works with, and reads the TLS files.
 * @param watcher follows those files, where given
 * @throws Error that names the setting, so that a mistake stops the start and not the first login.
 */
export function ldapOptions(settings: LdapSettings, watcher?: FileWatcher): LdapOptions {
  return {
    directory: directoryOptions(settings, watcher),
    people: {
      baseDn: baseDn(settings),
      userFilter: new UserFilter(settings.LDAP_USER_FILTER),
      ...peopleAttributes(settings),
    },
    bind: bindOptions(settings),
    loginTimeoutMs: settings.LDAP_LOGIN_TIMEOUT_MS,
    lockout: presetLockout(settings),
    defaultPolicyDn: defaultPolicyDn(settings),
    warnings: [...transportWarnings(settings), ...lockoutWarnings(settings)],
  };
}

/** What is read of a person: who they are, whether they may log in, and how old their password is. */
function peopleAttributes(settings: LdapSettings): Pick<PeopleOptions, 'attributes' | 'binaryAttributes'> {
  const { attributes, binaryAttributes } = identityAttributes(settings);
  const further = [...accountStateAttributes, ...passwordExpiryAttributes, ...lockoutAttributes];
  return { attributes: withoutRepeats([...attributes, ...further]), binaryAttributes };
}

function presetLockout(settings: LdapSettings): LockoutPolicy | undefined {
  const { LDAP_LOCKOUT_THRESHOLD: failures, LDAP_LOCKOUT_WINDOW_SECONDS: windowSeconds } = settings;
  if (failures === undefined) return undefined;
  const unknown = { lockedSeconds: undefined, maxAgeSeconds: undefined };
  return { source: 'LDAP_LOCKOUT_THRESHOLD', failures, windowSeconds, ...unknown };
}

function defaultPolicyDn({ LDAP_LOCKOUT_POLICY_DN: dn }: LdapSettings): string | undefined {
  if (dn !== undefined && parseDn(dn) === undefined) throw new Error('LDAP_LOCKOUT_POLICY_DN must be a DN');
  return dn;
}

function lockoutWarnings(settings: LdapSettings): string[] {
  const { LDAP_LOCKOUT_POLICY_DN: dn, LDAP_LOCKOUT_THRESHOLD: failures } = settings;
  if (dn === undefined || failures === undefined) return [];
  return ['LDAP_LOCKOUT_POLICY_DN has no effect with LDAP_LOCKOUT_THRESHOLD'];
}

function directoryOptions(settings: LdapSettings, watcher: FileWatcher | undefined): DirectoryOptions {
  if (settings.LDAP_URL.length === 0) throw new Error('LDAP_URL is needed for LDAP logins');
  const fault = plaintextFault(settings.LDAP_URL, settings);
  if (fault !== undefined) throw new Error(fault);
  return {
    servers: settings.LDAP_URL.map(serverSource),
    transport: transportOptions(settings, watcher),
    serviceAccount: serviceAccount(settings),
    patienceMs: Math.min(settings.LDAP_CONNECT_TIMEOUT_MS, settings.LDAP_LOGIN_TIMEOUT_MS / 2),
    probeIntervalMs: settings.LDAP_PROBE_INTERVAL_MS,
    maxConnections: settings.LDAP_MAX_CONNECTIONS,
    maxSearchConnections: settings.LDAP_MAX_SEARCH_CONNECTIONS,
    maxQueue: settings.LDAP_MAX_QUEUE,
    maxIdleMs: settings.LDAP_MAX_IDLE_MS,
  };
}

function bindOptions(settings: LdapSettings): BindOptions {
  const { LDAP_USER_DN_TEMPLATE: template, LDAP_DOMAIN: domain, LDAP_BIND_DN: name } = settings;
  const direct = template === undefined ? (domain && !name ? 'upn' : 'search') : 'template';
  const mode = settings.LDAP_BIND_MODE ?? direct;
  if (mode === 'upn') {
    if (!domain) throw new Error('LDAP_DOMAIN is needed by LDAP_BIND_MODE=upn');
    return { mode, domain };
  }
  if (mode === 'search') return { mode };
  if (template === undefined) throw new Error('LDAP_USER_DN_TEMPLATE is needed by LDAP_BIND_MODE=template');
  if (!/=[^,]*\{username\}/.test(template)) {
    throw new Error('LDAP_USER_DN_TEMPLATE must be a DN that holds {username} as a value');
  }
  return { mode, template };
}

function serviceAccount(settings: LdapSettings): ServiceAccount | undefined {
  const { LDAP_BIND_DN: name } = settings;
  if (!name) return undefined;
  // A name without a password would be an unauthenticated bind (RFC 4513 section 5.1.2), which succeeds as nobody.
  if (!settings.LDAP_BIND_PASSWORD) throw new Error('LDAP_BIND_PASSWORD is needed by LDAP_BIND_DN');
  if (!/[=@\\]/.test(name)) throw new Error('LDAP_BIND_DN must be a DN, or user@domain in Active Directory');
  return {
    name,
    // Of this moment: its file may have changed.
    get password() {
      return settings.LDAP_BIND_PASSWORD ?? '';
    },
  };
}

function baseDn(settings: LdapSettings): string {
  const { LDAP_BASE_DN: given, LDAP_DOMAIN: domain, LDAP_USER_DN_TEMPLATE: template } = settings;
  const base = given ?? (domain ? dnOfDomain(domain) : undefined) ?? (template && baseOfTemplate(template));
  if (!base) throw new Error('LDAP_BASE_DN is needed for LDAP logins (or LDAP_DOMAIN)');
  return base;
}

/** RFC 2247 section 2: each label of a DNS name is one DC part. */
function dnOfDomain(domain: string): string {
  return domain
    .split('.')
    .map((label) => `DC=${label}`)
    .join(',');
}

function transportWarnings(settings: LdapSettings): string[] {
  const hasTls = settings.LDAP_START_TLS || settings.LDAP_URL.some((address) => /^ldaps:/i.test(address));
  const warnings = [];
  if (settings.LDAP_TLS_CA_FILE !== undefined && !hasTls) {
    warnings.push('LDAP_TLS_CA_FILE has no effect with ldap:// and without LDAP_START_TLS');
  }
  const isRisky =
    plaintextFault(settings.LDAP_URL, { ...settings, LDAP_ALLOW_PLAINTEXT: false }) !== undefined;
  if (settings.LDAP_ALLOW_PLAINTEXT && isRisky) {
    warnings.push('LDAP_ALLOW_PLAINTEXT: passwords may cross the network readable');
  }
  return warnings;
}
