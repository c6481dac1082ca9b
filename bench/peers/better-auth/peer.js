const { join } = require('node:path');
const { ask, askTwice, claimsOf, expectStatus } = require('../ask');
const { forkLogged } = require('../fork-logged');
const { versionsOf, whyNotInstalled } = require('../installed');
const requests = require('./requests');

const packages = ['better-auth', 'better-sqlite3'];
const withSessions = ['refresh', 'verify', 'me'];

/** A token may begin with any letter. */
function forged(token) {
  return `${token.startsWith('x') ? 'y' : 'x'}${token.slice(1)}`;
}

async function checkLogin(port, people) {
  const client = requests['login-file']({ people, clients: 1 }, 0);
  const answer = await ask(port, client.next());
  client.take(answer);
  const tokens = [answer.header('set-auth-token')];
  await askTwice(port, requests.me({ tokens }, 0));
  const wrong = requests['login-file'](
    { people: [{ ...people[0], password: 'wrong password' }], clients: 1 },
    0,
  );
  expectStatus(await ask(port, wrong.next()), 401, 'a wrong password');
}

async function checkRefresh(port, tokens) {
  const keySet = await ask(port, requests.jwks().next());
  const answer = await ask(port, requests.refresh({ tokens }, 0).next());
  const claims = claimsOf(JSON.parse(answer.body).token, {
    alg: 'ES256',
    key: JSON.parse(keySet.body).keys[0],
  });
  if (!claims.email) throw new Error('an access token is not that of the person');
  if (!answer.header('set-auth-token')) throw new Error('the session was not prolonged');
  const other = requests.refresh({ tokens: [forged(tokens[0])] }, 0);
  expectStatus(await ask(port, other.next()), 401, 'a forged token of a session');
}

async function checkSession(port, tokens) {
  await askTwice(port, requests.verify({ tokens }, 0));
  const { body } = await ask(port, requests.verify({ tokens: [forged(tokens[0])] }, 0).next());
  if (body !== 'null') throw new Error('a forged token of a session is taken');
}

/** That it does each of the jobs that it will be asked for. Its tokens stay the same, so the load may have those of the check too. */
async function check(port, { scenarios, people }, sessions) {
  if (scenarios.includes('login-file')) await checkLogin(port, people);
  for (const name of scenarios.filter((each) => withSessions.includes(each)))
    await (name === 'refresh' ? checkRefresh : checkSession)(port, sessions[name]);
  if (scenarios.includes('jwks')) await askTwice(port, requests.jwks());
}

function statesOf({ scenarios, people, clients }, sessions) {
  return Object.fromEntries(
    scenarios.map((name) => [name, name === 'login-file' ? { people, clients } : { tokens: sessions[name] }]),
  );
}

async function start(place) {
  const { folder, people, scenarios } = place;
  const clients = scenarios.length > 0 ? place.clients : 0;
  const task = {
    folder,
    people,
    clients,
    sessionsOf: scenarios.filter((name) => withSessions.includes(name)),
  };
  const logFile = join(folder, 'better-auth.log');
  const { said, readyAfterMs, pid, stop } = await forkLogged(join(__dirname, 'server.mjs'), {
    task,
    logFile,
  });
  try {
    await check(said.port, place, said.sessions);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pids: [pid], port: said.port, states: statesOf(place, said.sessions), readyAfterMs, stop };
}

module.exports = {
  name: 'better-auth',
  title: 'better-auth with sessions, bearer tokens and JWTs, SQLite',
  scenarios: ['login-file', 'refresh', 'verify', 'me', 'jwks'],
  requests: require.resolve('./requests'),
  versions: () => versionsOf(packages),
  available: () => whyNotInstalled(packages),
  start,
};
