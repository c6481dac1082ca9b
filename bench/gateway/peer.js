// The gateway itself, as the bench starts it. Besides what bench/peers/README.md names, `place` has `source` (`file`, `ldap` or
// `external`), `hasCheapHashes`, `upstreamUrl`, `redisUrl`, `workers` and `env`.
const { openSessions, spawnGateway } = require('../programs');

const scenarios = ['login-ldap', 'login-external', 'login-file', 'refresh', 'verify', 'me', 'jwks', 'mix'];
const withSessions = ['refresh', 'verify', 'me', 'mix'];

function sourceSettings({ source = 'file', directory, upstreamUrl }) {
  if (source === 'ldap') {
    return {
      STRATEGIES: 'ldap',
      LDAP_URL: directory.url,
      LDAP_BASE_DN: directory.baseDn,
      LDAP_BIND_DN: directory.bindDn,
      LDAP_BIND_PASSWORD: directory.bindPassword,
      LDAP_TLS_CA_FILE: directory.caFile,
      LDAP_LOCKOUT_POLICY_DN: directory.policyDn,
    };
  }
  if (source === 'external') {
    return {
      STRATEGIES: 'external',
      EXTERNAL_AUTH_URL: upstreamUrl,
      EXTERNAL_AUTH_MODE: 'sign',
      EXTERNAL_AUTH_SUBJECT: '/id',
    };
  }
  return {};
}

async function start({ folder, scenarios: wanted, people, clients, ...setup }) {
  const { redisUrl, hasCheapHashes, workers = 1, env } = setup;
  const settings = {
    WORKERS: String(workers),
    // All of the load comes from one address, which would get an eighth of the places.
    LOGIN_MAX_WAITING: '2048',
    LOGIN_MAX_WAIT_MS: '30000',
    ...sourceSettings(setup),
    ...env,
  };
  const place = { folder, redisUrl, hasCheapHashes, userCount: people.length, env: settings };
  const gateway = await spawnGateway(place);
  const needsSessions = wanted.some((scenario) => withSessions.includes(scenario));
  const tokens = needsSessions ? await openSessions(gateway.url, clients, people.length) : [];
  const state = { people, tokens };
  return { ...gateway, states: Object.fromEntries(wanted.map((scenario) => [scenario, state])) };
}

module.exports = {
  name: 'gateway',
  title: 'Gatehouse',
  scenarios,
  requests: require.resolve('./requests'),
  versions: () => [],
  available: () => undefined,
  start,
};
