// The recipe as a peer of the bench, in variants that differ in how it signs and how sure its database is.
const { execFileSync } = require('node:child_process');
const { generateKeyPairSync, randomBytes } = require('node:crypto');
const { existsSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { end, spawnLogged, untilSaid } = require('../../processes');
const { ask, askTwice, claimsOf, expectStatus, inTurns } = require('../ask');
const { versionsOf, whyNotInstalled } = require('../installed');
const requests = require('./requests');

const main = join(__dirname, 'dist', 'main.js');
const packages = ['@nestjs/core', 'express', 'passport-ldapauth', 'ldapjs', 'jsonwebtoken', 'better-sqlite3'];

function newestOf(folder) {
  return Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs));
}

/** Compiles it where that has not been done since it was changed, so that no start has to wait for it. */
function build() {
  if (existsSync(main) && statSync(main).mtimeMs > newestOf(join(__dirname, 'src'))) return;
  const compiler = require.resolve('typescript/bin/tsc', { paths: [__dirname] });
  execFileSync(process.execPath, [compiler, '-p', __dirname], { stdio: ['ignore', 'inherit', 'inherit'] });
}

function available() {
  const reason = whyNotInstalled(packages);
  if (reason !== undefined) return reason;
  try {
    return build();
  } catch {
    return 'its sources do not compile';
  }
}

/** The environment that it is started with, and the key that its access tokens can be checked by. */
function settingsOf({ folder, directory }, { algorithm, synchronous }) {
  const secret = randomBytes(32).toString('base64url');
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const keyFile = join(folder, 'private-key.pem');
  writeFileSync(keyFile, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    PORT: '0',
    DATABASE_FILE: join(folder, 'sessions.sqlite'),
    DATABASE_SYNCHRONOUS: synchronous,
    JWT_REFRESH_SECRET: randomBytes(32).toString('base64url'),
    ...(algorithm === 'HS256' ? { JWT_ACCESS_SECRET: secret } : { JWT_PRIVATE_KEY_FILE: keyFile }),
    LDAP_URL: directory.url,
    ...(directory.url.startsWith('ldaps:') && { LDAP_CA_FILE: directory.caFile }),
    LDAP_BIND_DN: directory.bindDn,
    LDAP_BIND_PASSWORD: directory.bindPassword,
    LDAP_SEARCH_BASE: directory.baseDn,
    LDAP_USER_ATTRIBUTE: directory.userAttribute,
    THROTTLE_LIMIT: '1000000000',
  };
  return { env, verification: { alg: algorithm, key: algorithm === 'HS256' ? secret : pem } };
}

async function logIn(port, person, index) {
  const client = requests['login-ldap']({ people: [person], clients: 1 }, index);
  const answer = await ask(port, client.next());
  client.take(answer);
  const refreshToken = /^refresh_token=([^;]+)/.exec(answer.header('set-cookie'))[1];
  return { accessToken: JSON.parse(answer.body).accessToken, refreshToken };
}

async function checkLogin(port, { person, verification, session }) {
  const { sub, groups } = claimsOf(session.accessToken, verification);
  if (sub !== person.username || groups.length === 0)
    throw new Error('an access token is not that of the person');
  const wrong = requests['login-ldap']({ people: [{ ...person, password: 'wrong' }], clients: 1 }, 0);
  expectStatus(await ask(port, wrong.next()), 401, 'a wrong password');
}

async function checkRefresh(port, state) {
  const used = requests.refresh(state, 0).next();
  await askTwice(port, requests.refresh(state, 0));
  expectStatus(await ask(port, used), 401, 'a used refresh token');
}

async function checkAccess(port, name, state) {
  await askTwice(port, requests[name](state, 0));
  const forged = structuredClone(state);
  forged.sessions[0].accessToken = `${forged.sessions[0].accessToken.slice(0, -8)}AAAAAAAA`;
  expectStatus(await ask(port, requests[name](forged, 0).next()), 401, 'a forged access token');
}

/** That it does each of the jobs that it will be asked for, with a session that the load does not use. */
async function check(port, { scenarios, person, verification }) {
  const session = await logIn(port, person, 0);
  const state = { sessions: [session] };
  if (scenarios.some((name) => name === 'login-ldap' || name === 'mix'))
    await checkLogin(port, { person, verification, session });
  for (const name of scenarios.filter((each) => each === 'verify' || each === 'me'))
    await checkAccess(port, name, state);
  if (scenarios.some((name) => name === 'refresh' || name === 'mix')) await checkRefresh(port, state);
}

/** Those that only read share the sessions of the refreshes, whose access tokens stay good; the mix rotates tokens of its own. */
async function statesOf(port, { scenarios, people, clients }) {
  const each = Array.from({ length: clients }, (_, index) => people[index % people.length]);
  const logInAll = () => inTurns(each, (person, index) => logIn(port, person, index));
  const shared = scenarios.some((name) => ['refresh', 'verify', 'me'].includes(name)) ? await logInAll() : [];
  const mixed = scenarios.includes('mix') ? await logInAll() : [];
  const sessionsOf = (name) => (name === 'mix' ? mixed : shared);
  return Object.fromEntries(scenarios.map((name) => [name, { people, clients, sessions: sessionsOf(name) }]));
}

async function start(place, variant) {
  const { env, verification } = settingsOf(place, variant);
  const logFile = join(place.folder, 'recipe.log');
  const startedAtMs = performance.now();
  const child = spawnLogged(process.execPath, [main], { cwd: place.folder, env, logFile });
  const port = Number(
    await untilSaid(child, logFile, (said) => /listening on http:\S+:(\d+)/.exec(said)?.[1]),
  );
  const readyAfterMs = performance.now() - startedAtMs;
  const stop = () => end(child);
  try {
    if (place.scenarios.length > 0) await check(port, { ...place, person: place.people[0], verification });
    return { pids: [child.pid], port, states: await statesOf(port, place), readyAfterMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The peer that signs so (`ES256`, `HS256`) and has such a database (`FULL`, `NORMAL`). */
function peerOf({ name, title, scenarios, algorithm, synchronous }) {
  return {
    name,
    title,
    scenarios,
    requests: require.resolve('./requests'),
    versions: () => versionsOf(packages),
    available,
    start: (place) => start(place, { algorithm, synchronous }),
  };
}

module.exports = { peerOf };
