import {
  choice,
  flag,
  integer,
  jsonObject,
  list,
  optionalInteger,
  exchangeableSecret,
  text,
  type ValuesOf,
} from './setting';

/**
 * The settings of one directory. The first one is named by these names; a further one called `partners` in STRATEGIES
 * (`ldap.partners`) takes `LDAP_PARTNERS_URL`, `LDAP_PARTNERS_BASE_DN` and so on.
 */
export const ldapSettings = {
  LDAP_URL: list({
    type: 'list of `ldap://`, `ldaps://` or `srv:` addresses',
    accept: (item) =>
      isAddress(item) ? undefined : 'must hold addresses such as ldaps://dc1.example.org or srv:example.org',
    meaning:
      'The directory’s servers, tried in this order. `srv:example.org` asks DNS for `_ldap._tcp.example.org`; servers outside ' +
      '`example.org` count only with LDAP_TLS_CA_FILE or LDAP_TLS_SERVER_NAME.',
  }),
  LDAP_BASE_DN: text({
    type: 'DN',
    meaning: 'Where people are searched; if absent, the DC parts of LDAP_DOMAIN.',
  }),
  LDAP_BIND_MODE: choice({
    of: ['search', 'upn', 'template'],
    meaning:
      '`search`: a service account finds the entry, then its DN is bound. `upn`: bind as `user@LDAP_DOMAIN`. ' +
      '`template`: bind as LDAP_USER_DN_TEMPLATE. If absent: `template` with a template, else `upn` when LDAP_DOMAIN is set ' +
      'without LDAP_BIND_DN, else `search`.',
  }),
  LDAP_BIND_DN: text({
    type: 'DN',
    meaning: 'Service account for searches; if absent, searches are anonymous.',
  }),
  LDAP_BIND_PASSWORD: exchangeableSecret({ meaning: 'Password of the service account.' }),
  LDAP_DOMAIN: text({
    type: 'DNS name',
    meaning:
      'Domain of this directory: for a direct bind as `user@LDAP_DOMAIN`, and to know whose logins `user@domain` are.',
  }),
  LDAP_NETBIOS_DOMAIN: text({
    meaning: 'NetBIOS name of the domain, to know whose logins `DOMAIN\\user` are.',
  }),
  LDAP_USER_DN_TEMPLATE: text({
    type: 'DN with `{username}`',
    meaning: 'DN for a direct bind without a search, such as `uid={username},ou=people,dc=example,dc=org`.',
  }),
  LDAP_USER_FILTER: text({
    type: 'LDAP filter',
    default: '(|(uid={username})(sAMAccountName={username}))',
    meaning: 'Finds the entry of a login name; `{username}` stands for the name.',
  }),
  LDAP_START_TLS: flag({
    default: false,
    meaning:
      'Turns `ldap://` connections into TLS ones before anything else is sent (RFC 4511 section 4.14).',
  }),
  LDAP_TLS_CA_FILE: text({
    type: 'path',
    meaning: 'PEM file of the authorities that sign the directory’s certificate.',
  }),
  LDAP_TLS_CERT_FILE: text({
    type: 'path',
    meaning: 'PEM file of our own certificate, where the directory asks for one.',
  }),
  LDAP_TLS_KEY_FILE: text({ type: 'path', meaning: 'PEM file of the key of LDAP_TLS_CERT_FILE.' }),
  LDAP_TLS_SERVER_NAME: text({
    type: 'DNS name',
    meaning: 'The name that the directory’s certificate must have; if absent, the host of the address.',
  }),
  LDAP_TLS_MIN_VERSION: choice({
    of: ['TLSv1.2', 'TLSv1.3'],
    default: 'TLSv1.2',
    meaning: 'Oldest TLS version that is spoken with the directory.',
  }),
  LDAP_ALLOW_PLAINTEXT: flag({
    default: false,
    meaning:
      'Set to true to allow `ldap://` without LDAP_START_TLS to another host. Passwords then cross the network readable.',
  }),
  LDAP_CONNECT_TIMEOUT_MS: integer({
    default: 2000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time for a TCP connection to a server.',
  }),
  LDAP_TLS_TIMEOUT_MS: integer({
    default: 3000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time for a TLS handshake, StartTLS included.',
  }),
  LDAP_OPERATION_TIMEOUT_MS: integer({
    default: 5000,
    min: 50,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time for one bind, one page of a search or one change.',
  }),
  LDAP_LOGIN_TIMEOUT_MS: integer({
    default: 10000,
    min: 50,
    max: 120000,
    unit: 'ms',
    meaning: 'Longest time for one whole login, waiting for a connection included.',
  }),
  LDAP_PROBE_INTERVAL_MS: integer({
    default: 5000,
    min: 100,
    max: 600000,
    unit: 'ms',
    meaning:
      'How often a server that failed is tried again in the background; logins leave it alone meanwhile.',
  }),
  LDAP_MAX_CONNECTIONS: integer({
    default: 32,
    min: 1,
    max: 1024,
    meaning: 'Most connections to one server for user binds; each serves one bind at a time.',
  }),
  LDAP_MAX_SEARCH_CONNECTIONS: integer({
    default: 8,
    min: 1,
    max: 1024,
    meaning: 'Most connections to one server for searches by the service account.',
  }),
  LDAP_MAX_QUEUE: integer({
    default: 256,
    min: 0,
    max: 100000,
    meaning: 'Most logins that wait for a connection; past them the answer is 503.',
  }),
  LDAP_MAX_IDLE_MS: integer({
    default: 60000,
    min: 100,
    max: 3600000,
    unit: 'ms',
    meaning:
      'A kept connection that was idle for longer is closed instead of used. Stay below the idle limit of firewalls.',
  }),
  LDAP_LOCKOUT_THRESHOLD: optionalInteger({
    min: 0,
    max: 1000,
    meaning:
      'Wrong passwords after which the directory locks an account; 0: never. If absent, it is read from the directory. For people ' +
      'whose own password policy can be read, that one counts.',
  }),
  LDAP_LOCKOUT_POLICY_DN: text({
    type: 'DN',
    meaning:
      'The password policy of people without one of their own, such as `ppolicy_default` of OpenLDAP. If absent and the directory ' +
      'holds several and does not say which it is, the strictest counts.',
  }),
  LDAP_LOCKOUT_WINDOW_SECONDS: integer({
    default: 1800,
    min: 0,
    max: 2592000,
    unit: 's',
    meaning:
      'With LDAP_LOCKOUT_THRESHOLD: the directory forgets wrong passwords after so long without a further one; 0: only a login with ' +
      'the right one makes it forget.',
  }),
  LDAP_ATTRIBUTES: list({
    type: 'list of attribute names',
    meaning:
      'Attributes that are read besides the ones that make the identity; ' +
      'if absent: userPrincipalName, title, manager, memberOf, employeeNumber.',
  }),
  LDAP_CLAIMS: jsonObject({
    meaning:
      'Attributes that become claims of access tokens: claim to attribute, such as `{"department":"departmentNumber"}`.',
  }),
  LDAP_GROUP_MODE: choice({
    of: ['memberof', 'token-groups', 'in-chain', 'search', 'none'],
    default: 'memberof',
    meaning:
      'Where groups come from: `memberof`, the attribute; `token-groups`, Active Directory’s computed list, nested ones ' +
      'included; `in-chain`, a search by its matching rule; `search`, by LDAP_GROUP_FILTER.',
  }),
  LDAP_GROUP_NESTED: flag({
    default: false,
    meaning: 'Whether `memberof` and `search` also follow groups in groups.',
  }),
  LDAP_GROUP_BASE_DN: text({ type: 'DN', meaning: 'Where groups are searched; if absent, LDAP_BASE_DN.' }),
  LDAP_GROUP_FILTER: text({
    type: 'LDAP filter',
    default: '(|(member={dn})(uniqueMember={dn})(memberUid={username}))',
    meaning: 'Finds the groups of an entry; `{dn}` stands for its DN, `{username}` for its login name.',
  }),
  LDAP_GROUP_NAME_ATTRIBUTE: text({
    default: 'cn',
    meaning: 'The attribute whose value is a group’s name; `dn` takes the whole DN.',
  }),
  LDAP_GROUP_MAX_DEPTH: integer({
    default: 8,
    min: 1,
    max: 64,
    meaning: 'Deepest nesting of groups that is followed.',
  }),
  LDAP_GROUP_MAX: integer({
    default: 2000,
    min: 1,
    max: 100000,
    meaning: 'Most groups of one person. More are an error, never a shorter list.',
  }),
  LDAP_GROUP_TIMEOUT_MS: integer({
    default: 5000,
    min: 50,
    max: 120000,
    unit: 'ms',
    meaning: 'Longest time for finding all groups of one person.',
  }),
  LDAP_ROLES: jsonObject({
    meaning:
      'Groups that give roles: group name or DN to a role or a list of roles, such as `{"Domain Admins":"admin"}`.',
  }),
};

export type LdapSettings = ValuesOf<typeof ldapSettings>;

/**
 * The variable in which the directory of a strategy finds a setting: LDAP_URL itself for `ldap`, LDAP_PARTNERS_URL for
 * `ldap.partners`.
 */
export function ldapVariable(strategy: string, setting: string): string {
  const instance = strategy.split('.')[1];
  return instance === undefined ? setting : setting.replace(/^LDAP_/, `LDAP_${instance.toUpperCase()}_`);
}

/** Whether a text is an address that LDAP_URL takes. */
function isAddress(item: string): boolean {
  if (/^srv:[a-z0-9.-]+$/i.test(item)) return true;
  if (!URL.canParse(item)) return false;
  const { protocol, hostname } = new URL(item);
  return (protocol === 'ldap:' || protocol === 'ldaps:') && hostname !== '';
}
