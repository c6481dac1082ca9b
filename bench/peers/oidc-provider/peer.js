const { join } = require('node:path');
const { ask, askTwice, claimsOf, expectStatus } = require('../ask');
const { forkLogged } = require('../fork-logged');
const { versionsOf, whyNotInstalled } = require('../installed');
const requests = require('./requests');

const packages = ['oidc-provider', 'koa', 'lmdb'];

async function checkRefresh(port, { jwk, refreshTokens, accountId }) {
  const state = { refreshTokens };
  const client = requests.refresh(state, 0);
  const used = client.next();
  const answer = await ask(port, used);
  client.take(answer);
  const claims = claimsOf(JSON.parse(answer.body).access_token, { alg: 'ES256', key: jwk });
  if (claims.sub !== accountId || !claims.groups)
    throw new Error('an access token is not that of the person');
  client.take(await ask(port, client.next()));
  // It now takes the whole session for stolen, as RFC 9700 section 4.14.2 has it.
  expectStatus(await ask(port, used), 400, 'a used refresh token');
}

async function checkMe(port, { accessTokens }) {
  await askTwice(port, requests.me({ accessTokens }, 0));
  expectStatus(
    await ask(port, requests.me({ accessTokens: ['forged'] }, 0).next()),
    401,
    'a forged access token',
  );
}

/** That it does each of the jobs that it will be asked for, with the session of the last client, which the load does not have. */
async function check(port, scenarios, spare) {
  if (scenarios.includes('me')) await checkMe(port, spare);
  if (scenarios.includes('jwks')) await askTwice(port, requests.jwks());
  if (scenarios.includes('refresh')) await checkRefresh(port, spare);
}

async function start(place) {
  const { scenarios, people, clients, folder } = place;
  const task = { folder, people, clients: scenarios.length > 0 ? clients + 1 : 0 };
  const logFile = join(folder, 'oidc-provider.log');
  const { said, readyAfterMs, pid, stop } = await forkLogged(join(__dirname, 'server.mjs'), {
    task,
    logFile,
  });
  const { port, jwk, refreshTokens, accessTokens } = said;
  const accountId = people[clients % people.length].username;
  const spare = {
    jwk,
    accountId,
    refreshTokens: refreshTokens.splice(clients),
    accessTokens: accessTokens.splice(clients),
  };
  try {
    await check(port, scenarios, spare);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pids: [pid],
    port,
    states: { refresh: { refreshTokens }, me: { accessTokens }, jwks: {} },
    readyAfterMs,
    stop,
  };
}

module.exports = {
  name: 'oidc-provider',
  title: 'oidc-provider with rotated refresh tokens and JWT access tokens, LMDB',
  scenarios: ['refresh', 'me', 'jwks'],
  requests: require.resolve('./requests'),
  versions: () => versionsOf(packages),
  available: () => whyNotInstalled(packages),
  start,
};
