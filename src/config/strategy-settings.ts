import { flag, integer, jsonObject, list, text, url, type ValuesOf } from './setting';

/** The kinds of credential source that STRATEGIES can name. */
export const strategyKinds = ['file', 'ldap', 'external'] as const;
export type StrategyKind = (typeof strategyKinds)[number];

/** What kind of source a name in STRATEGIES is; undefined for a name that is none. */
export function kindOfStrategy(name: string): StrategyKind | undefined {
  if (/^ldap\.[a-z][a-z0-9]{0,31}$/.test(name)) return 'ldap';
  return strategyKinds.find((kind) => kind === name);
}

export const strategySettings = {
  STRATEGIES: list({
    type: 'list of `file`, `ldap`, `ldap.NAME`, `external`',
    foldCase: true,
    accept: (item) =>
      kindOfStrategy(item) === undefined
        ? `must hold only ${strategyKinds.join(', ')}, and ldap.NAME for a further directory`
        : undefined,
    meaning:
      'Credential sources, tried in this order; empty starts a demo with one user. `ldap.partners` is a further directory with ' +
      'settings of its own: `LDAP_PARTNERS_URL` and so on.',
  }),
  USERS_FILE: text({
    type: 'path',
    meaning:
      'Users file of the `file` strategy; if absent, `users.json` in DATA_DIR. `npm run cli -- users add NAME` writes it.',
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

export type ExternalSettings = ValuesOf<typeof externalSettings>;
