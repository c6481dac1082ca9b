import { isIP } from 'node:net';
import { choice, integer, list, type SecretFile, text, type ValuesOf, workers } from './setting';
import { type LdapSettings, ldapSettings } from './ldap-settings';
import { browserSettings } from './browser-settings';
import { auditSettings } from './audit-settings';
import { clientSettings } from './client-settings';
import { djangoSettings } from './django-settings';
import { externalSettings } from './external-settings';
import { genAuthSettings } from './genauth-settings';
import { limitSettings } from './limit-settings';
import { keySettings, longestAccessTokenSeconds } from './key-settings';
import { lockoutSettings } from './lockout-settings';
import { refusalSettings } from './refusal-settings';
import { pageSettings } from './page-settings';
import { passwordSettings } from './password-settings';
import { storeSettings } from './store-settings';
import { strategySettings } from './strategy-settings';
import { telemetrySettings } from './telemetry-settings';

const dayInSeconds = 24 * 60 * 60;

export const serverSettings = {
  NODE_ENV: choice({
    of: ['development', 'production', 'test'],
    default: 'development',
    meaning: '`production` turns on the checks that refuse an unsafe start.',
  }),
  HOST: text({
    meaning: 'Address to listen on; if absent, 127.0.0.1, and 0.0.0.0 in production.',
  }),
  PORT: integer({ default: 3000, min: 0, max: 65535, meaning: 'TCP port to listen on; 0 takes a free one.' }),
  TRUSTED_PROXIES: list({
    type: 'list of addresses or networks',
    accept: (item) => (isNetwork(item) ? undefined : 'must hold addresses or networks such as 10.0.0.0/8'),
    meaning:
      'Proxies whose `X-Forwarded-For` counts, read from the right, and whose `X-Forwarded-Host` does; nobody else can set the client address.',
  }),
  BODY_LIMIT_BYTES: integer({
    default: 16384,
    min: 1024,
    max: 1048576,
    unit: 'bytes',
    meaning: 'Longest request body; a longer one is answered 413.',
  }),
  REQUEST_TIMEOUT_MS: integer({
    default: 30000,
    min: 1000,
    max: 600000,
    unit: 'ms',
    meaning: 'Longest time for a client to send a whole request.',
  }),
  SHUTDOWN_TIMEOUT_MS: integer({
    default: 10000,
    min: 0,
    max: 600000,
    unit: 'ms',
    meaning: 'Longest time to finish running requests after SIGTERM, and after SHUTDOWN_DELAY_MS.',
  }),
  SHUTDOWN_DELAY_MS: integer({
    default: 0,
    min: 0,
    max: 600000,
    unit: 'ms',
    meaning:
      'How long everything is still served after SIGTERM while `/health/ready` answers 503, so that load balancers can look elsewhere first.',
  }),
  FILES_CHECK_SECONDS: integer({
    default: 5,
    min: 0,
    max: 3600,
    unit: 's',
    meaning:
      'How often files of secrets, certificates and clients are looked at for a change (docs/process.md); 0 waits for SIGHUP.',
  }),
  WORKERS: workers({
    meaning:
      'Worker processes behind the one port, or `auto` for one on each core; they share the embedded store and the rate limits. ' +
      'Connections to directories and services are per worker.',
  }),
  DATA_DIR: text({
    type: 'path',
    default: './data',
    meaning:
      'Folder of the embedded store and of the key of the refresh tokens; made with mode 0700 if it is missing.',
  }),
  DEFAULT_LOCALE: choice({
    of: ['es', 'en'],
    default: 'es',
    meaning: 'Language of messages when `Accept-Language` prefers none of ours.',
  }),
  LOG_LEVEL: choice({
    of: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    meaning: 'Least severe log line that is written.',
  }),
};

export const tokenSettings = {
  JWT_ISSUER: text({
    meaning:
      'The `iss` of access tokens, the address of the gateway as clients know it; if absent, `http://localhost:PORT`.',
  }),
  JWT_AUDIENCE: text({ meaning: 'The `aud` of access tokens; if absent, `gatehouse`.' }),
  JWT_CLIENT_ID: text({
    default: 'gatehouse',
    meaning: 'The `client_id` of access tokens from the native API (RFC 9068 section 2.2).',
  }),
  ACCESS_TOKEN_TTL_SECONDS: integer({
    default: 900,
    min: 1,
    max: longestAccessTokenSeconds,
    unit: 's',
    meaning: 'Life of an access token.',
  }),
  ACCESS_TOKEN_GROUPS_MAX_BYTES: integer({
    default: 2048,
    min: 0,
    max: 8192,
    unit: 'bytes',
    meaning:
      'Room for the `groups` and `roles` claims; a list that does not fit is left out and named in `claims_omitted`.',
  }),
};

export const sessionSettings = {
  REFRESH_TOKEN_TTL_SECONDS: integer({
    default: dayInSeconds,
    min: 1,
    max: 365 * dayInSeconds,
    unit: 's',
    meaning: 'Longest time without a refresh before a session ends; also the Max-Age of the cookie.',
  }),
  REFRESH_ABSOLUTE_TTL_SECONDS: integer({
    default: 30 * dayInSeconds,
    min: 1,
    max: 365 * dayInSeconds,
    unit: 's',
    meaning: 'Longest life of a session, refreshed or not.',
  }),
  REFRESH_GRACE_SECONDS: integer({
    default: 30,
    min: 0,
    max: 300,
    unit: 's',
    meaning: 'How long the refresh token before the newest one gets the same successor again.',
  }),
  SESSIONS_MAX_PER_PERSON: integer({
    default: 50,
    min: 1,
    max: 1000,
    meaning: 'Sessions of one person; another login ends the oldest.',
  }),
  ADMIN_ROLE: text({
    meaning: 'Role whose bearers may list and end the sessions of others; if absent, nobody may.',
  }),
  SESSIONS_REAUTH_SECONDS: integer({
    default: 0,
    min: 0,
    max: dayInSeconds,
    unit: 's',
    meaning:
      'How old a login may be that ends other sessions than its own, one’s own or those of others; an older one has to log in again. 0 asks for nothing.',
  }),
  REVOCATION_FEED: choice({
    of: ['public', 'bearer', 'off'],
    default: 'public',
    meaning:
      'Who may read `/api/auth/revocations`, the sessions that ended before their time: everybody, bearers of an access token, or nobody.',
  }),
  IDENTITY_MAX_AGE_SECONDS: integer({
    default: 300,
    min: 0,
    max: dayInSeconds,
    unit: 's',
    meaning: 'A refresh re-reads a person from the source when what we know is older than this.',
  }),
  IDENTITY_STALE_SECONDS: integer({
    default: 3600,
    min: 0,
    max: 7 * dayInSeconds,
    unit: 's',
    meaning:
      'How long sessions go on with what we know while the source is down; after that a refresh gets 503.',
  }),
  IDENTITY_SWEEP_SECONDS: integer({
    default: 900,
    min: 0,
    max: dayInSeconds,
    unit: 's',
    meaning:
      'How often people with live sessions are re-read in the background when what we know is older than this, so that the sessions of those who are gone end; 0 turns it off.',
  }),
  IDENTITY_SWEEP_PER_SECOND: integer({
    default: 5,
    min: 1,
    max: 1000,
    meaning: 'Most questions to the sources in a second for IDENTITY_SWEEP_SECONDS, one at a time.',
  }),
};

export const throttleSettings = {
  RATE_LIMIT_WINDOW_MS: integer({
    default: 900000,
    min: 100,
    max: 86400000,
    unit: 'ms',
    meaning: 'Length of the window in which requests are counted.',
  }),
  RATE_LIMIT_AUTH_MAX: integer({
    default: 20,
    min: 1,
    max: 1000000,
    meaning: 'Logins of one address within the window (IPv6: one /64).',
  }),
  RATE_LIMIT_MAX: integer({
    default: 100,
    min: 1,
    max: 1000000,
    meaning: 'Other requests under `/api/auth` within the window, of one session or else of one address.',
  }),
  RATE_LIMIT_MAX_KEYS: integer({
    default: 100000,
    min: 1000,
    max: 10000000,
    meaning: 'Most counters that are kept; past them the oldest window is dropped.',
  }),
};

/** Every group with its heading, in the order in which the documentation shows them. */
export const settingGroups = [
  { title: 'Server', settings: serverSettings },
  { title: 'Credential strategies', settings: strategySettings },
  { title: 'LDAP and Active Directory', settings: ldapSettings },
  { title: 'External authentication service', settings: externalSettings },
  { title: 'Access tokens', settings: tokenSettings },
  { title: 'Signing keys', settings: keySettings },
  { title: 'Sessions and refresh tokens', settings: sessionSettings },
  { title: 'Clients and dialects', settings: clientSettings },
  { title: 'Django dialect', settings: djangoSettings },
  { title: 'GenAuth dialect', settings: genAuthSettings },
  { title: 'New passwords', settings: passwordSettings },
  { title: 'Store', settings: storeSettings },
  { title: 'Browsers', settings: browserSettings },
  { title: 'Pages', settings: pageSettings },
  { title: 'Rate limits', settings: throttleSettings },
  { title: 'Failed logins of an account', settings: lockoutSettings },
  { title: 'Refused logins', settings: refusalSettings },
  { title: 'Audit trail', settings: auditSettings },
  { title: 'Connections and overload', settings: limitSettings },
  { title: 'Metrics and traces', settings: telemetrySettings },
];

export const allSettings = {
  ...serverSettings,
  ...strategySettings,
  ...ldapSettings,
  ...externalSettings,
  ...tokenSettings,
  ...keySettings,
  ...sessionSettings,
  ...clientSettings,
  ...djangoSettings,
  ...genAuthSettings,
  ...passwordSettings,
  ...storeSettings,
  ...browserSettings,
  ...pageSettings,
  ...throttleSettings,
  ...lockoutSettings,
  ...refusalSettings,
  ...auditSettings,
  ...limitSettings,
  ...telemetrySettings,
};

export interface Settings extends ValuesOf<typeof allSettings> {
  /** The settings of each LDAP directory in use, under its strategy's name: `ldap`, `ldap.partners`. */
  readonly ldapDirectories: Readonly<Record<string, LdapSettings>>;
  /** The files that secrets came from. What was exchangeable among them changes in these settings when its file is read again. */
  readonly secretFiles: readonly SecretFile[];
}

/** The injection token of the settings; it shares its name with their type. */
export const Settings = Symbol('Settings');

function isNetwork(item: string): boolean {
  const [address = '', prefix] = item.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  if (prefix === undefined) return true;
  // A network of everybody would let any client choose its own address.
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128);
}
