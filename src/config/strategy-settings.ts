import { choice, flag, integer, jsonObject, list, secret, text, url, type ValuesOf } from './setting';

/** The kinds of credential source that STRATEGIES can name. */
export const strategyKinds = ['file', 'ldap', 'external'] as const;
export type StrategyKind = (typeof strategyKinds)[number];

export const strategySettings = {
  STRATEGIES: list({
    type: 'list of `file`, `ldap`, `external`',
    foldCase: true,
    accept: (item) =>
      strategyKinds.some((kind) => kind === item) ? undefined : `must hold only ${strategyKinds.join(', ')}`,
    meaning: 'Credential sources, tried in this order; empty starts a demo with one user.',
  }),
  USERS_FILE: text({
    type: 'path',
    meaning:
      'Users file of the `file` strategy; if absent, `users.json` in DATA_DIR. `npm run cli -- users add NAME` writes it.',
  }),
};

export const ldapSettings = {
  LDAP_URL: url({
    protocols: ['ldap:', 'ldaps:'],
    meaning: 'The directory, such as `ldaps://dc1.example.org`.',
  }),
  LDAP_BASE_DN: text({
    type: 'DN',
    meaning: 'Where people are searched; if absent, the DC parts of LDAP_DOMAIN.',
  }),
  LDAP_BIND_MODE: choice({
    of: ['search', 'upn'],
    meaning:
      '`search`: a service account finds the entry, then its DN is bound. `upn`: bind as `user@LDAP_DOMAIN`. ' +
      'If absent: `upn` when LDAP_DOMAIN is set without LDAP_BIND_DN, else `search`.',
  }),
  LDAP_BIND_DN: text({
    type: 'DN',
    meaning: 'Service account for the search; if absent, the search is anonymous.',
  }),
  LDAP_BIND_PASSWORD: secret({ meaning: 'Password of the service account.' }),
  LDAP_DOMAIN: text({ type: 'DNS name', meaning: 'Domain for a direct bind as `user@LDAP_DOMAIN`.' }),
  LDAP_USER_FILTER: text({
    type: 'LDAP filter',
    default: '(|(uid={username})(sAMAccountName={username}))',
    meaning: 'Finds the entry of a login name; `{username}` stands for the name.',
  }),
  LDAP_TLS_CA_FILE: text({
    type: 'path',
    meaning: 'PEM file of the authorities that sign the directory’s certificate.',
  }),
  LDAP_CONNECT_TIMEOUT_MS: integer({
    default: 2000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time to connect to the directory, TLS handshake included.',
  }),
  LDAP_OPERATION_TIMEOUT_MS: integer({
    default: 5000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time for one bind or one search.',
  }),
  LDAP_MAX_CONNECTIONS: integer({
    default: 32,
    min: 1,
    max: 1024,
    meaning: 'Most logins that talk to the directory at the same time.',
  }),
  LDAP_MAX_QUEUE: integer({
    default: 256,
    min: 0,
    max: 100000,
    meaning: 'Most logins that wait for a connection; past them the answer is 503.',
  }),
};

export const externalSettings = {
  EXTERNAL_AUTH_URL: url({
    protocols: ['http:', 'https:'],
    meaning: 'Base address of the authentication service that logins are forwarded to.',
  }),
  EXTERNAL_AUTH_LOGIN_PATH: text({
    type: 'path',
    default: '/api/AuthJWT/Login',
    meaning: 'Path of its login, appended to EXTERNAL_AUTH_URL.',
  }),
  EXTERNAL_AUTH_EXTRA_BODY: jsonObject({
    meaning: 'Further fields that its login wants, such as `{"idSistema":7}`.',
  }),
  EXTERNAL_AUTH_SUBJECT: text({
    type: 'JSON pointer',
    meaning:
      'Where its answer holds the stable id of the person (RFC 6901; `/claims/…` reaches the claims of its JWT). ' +
      'If absent: the `sub` of its JWT, else its `nameid`, else the canonical login name.',
  }),
  EXTERNAL_AUTH_USERNAME: text({ type: 'JSON pointer', meaning: 'Where its answer holds the login name.' }),
  EXTERNAL_AUTH_DISPLAY_NAME: text({
    type: 'JSON pointer',
    meaning: 'Where its answer holds the full name.',
  }),
  EXTERNAL_AUTH_EMAIL: text({ type: 'JSON pointer', meaning: 'Where its answer holds the mail address.' }),
  EXTERNAL_AUTH_ROLES: text({
    type: 'JSON pointer',
    meaning: 'Where its answer holds the roles: a list or one text.',
  }),
  EXTERNAL_AUTH_ALLOW_PLAINTEXT: flag({
    default: false,
    meaning:
      'Set to true to allow `http://` to another host in production. Passwords then cross the network readable.',
  }),
  EXTERNAL_AUTH_TLS_CA_FILE: text({
    type: 'path',
    meaning: 'PEM file of the authorities that sign the service’s certificate.',
  }),
  EXTERNAL_AUTH_CONNECT_TIMEOUT_MS: integer({
    default: 2000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time to connect to the service, TLS handshake included.',
  }),
  EXTERNAL_AUTH_TIMEOUT_MS: integer({
    default: 10000,
    min: 50,
    max: 120000,
    unit: 'ms',
    meaning: 'Longest time for one whole call to the service.',
  }),
  EXTERNAL_AUTH_MAX_CONNECTIONS: integer({
    default: 32,
    min: 1,
    max: 1024,
    meaning: 'Most calls to the service at the same time.',
  }),
  EXTERNAL_AUTH_MAX_QUEUE: integer({
    default: 256,
    min: 0,
    max: 100000,
    meaning: 'Most logins that wait for a call; past them the answer is 503.',
  }),
};

export type LdapSettings = ValuesOf<typeof ldapSettings>;
export type ExternalSettings = ValuesOf<typeof externalSettings>;
