// Starts and ends what is measured, for all benches. Everything keeps its data in one temporary folder.
const { randomBytes, randomUUID, scryptSync } = require('node:crypto');
const { existsSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { end, forkProgram, freePort, onFreePorts, spawnLogged, untilSaid } = require('./processes');

const gatewayMain = join(__dirname, '..', 'dist', 'main.js');
const redisServer = '/usr/bin/redis-server';
const people = 32;
const password = 'correct horse battery';

/** The costs of the two kinds of hashes: the lowest that the gateway accepts, where logins are not what is measured, and that of new passwords. */
const scryptCosts = { cheap: { ln: 10, p: 1 }, usual: { ln: 15, p: 3 } };

/** A hash of the password that everybody has, in the form of the users file. */
function hashOf(isCheap) {
  const { ln, p } = scryptCosts[isCheap ? 'cheap' : 'usual'];
  const salt = randomBytes(16);
  const unpadded = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  const hash = scryptSync(password, salt, 32, { N: 2 ** ln, r: 8, p, maxmem: 64 * 1024 * 1024 });
  return `$scrypt$ln=${ln},r=8,p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Writes a users file with so many people, person-0 and so on. Gives its path. */
function usersFileIn(folder, { isCheap, count = people }) {
  const path = join(folder, 'users.json');
  const passwordHash = hashOf(isCheap);
  const users = Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    username: `person-${index}`,
    passwordHash,
    displayName: `Person ${index}`,
    email: `person-${index}@example.org`,
    groups: ['staff', 'engineers', 'on-call', 'readers'],
    roles: ['user', 'editor'],
  }));
  writeFileSync(path, JSON.stringify({ users }), { mode: 0o600 });
  return path;
}

/** The settings of a production that stays out of the way: no limit is reached, the log tells of errors only. */
function settingsOf(folder, { redisUrl, env = {}, hasCheapHashes = true, userCount }) {
  return {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'error',
    STRATEGIES: 'file',
    USERS_FILE: usersFileIn(folder, { isCheap: hasCheapHashes, count: userCount }),
    DATA_DIR: join(folder, 'data'),
    JWT_ISSUER: 'https://login.example.org',
    JWT_AUDIENCE: 'gatehouse',
    RATE_LIMIT_MAX: '1000000',
    RATE_LIMIT_AUTH_MAX: '1000000',
    SESSIONS_MAX_PER_PERSON: '1000',
    ...(redisUrl && { REDIS_URL: redisUrl, REDIS_KEY_PREFIX: 'gateway:' }),
    ...env,
  };
}

/** Logs in and gives the data of the answer, tokens included. @throws Error with the answer that is no 200 */
async function logIn(url, username) {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, token_delivery: 'body' }),
  });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`a login was answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text).data;
}

const loginsAtOnce = 8;

/** Opens so many sessions, of the people in turns. Gives the access and the refresh token of each. */
async function openSessions(url, count, from = people) {
  const tokens = [];
  while (tokens.length < count) {
    const next = Array.from({ length: Math.min(loginsAtOnce, count - tokens.length) }, (_, n) =>
      logIn(url, `person-${(tokens.length + n) % from}`),
    );
    for (const { access_token: access, refresh_token: refresh } of await Promise.all(next))
      tokens.push({ access, refresh });
  }
  return tokens;
}

/** The built gateway with these settings besides. `nodeArgs` are for Node itself. */
async function spawnGateway({ folder, nodeArgs = [], ...more }) {
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'gateway.log');
  const env = { PATH: process.env.PATH, ...settingsOf(folder, more) };
  const spawnedAtMs = performance.now();
  const child = spawnLogged(process.execPath, [...nodeArgs, gatewayMain], { cwd: folder, env, logFile });
  const url = await untilSaid(child, logFile, (said) => /ready on (http:\S+) /.exec(said)?.[1]);
  const readyAfterMs = performance.now() - spawnedAtMs;
  const port = Number(new URL(url).port);
  return {
    name: 'gateway',
    pid: child.pid,
    pids: [child.pid],
    url,
    port,
    readyAfterMs,
    stop: () => end(child),
  };
}

/** The built gateway with so many sessions. `profileFolder` takes a CPU profile of it. */
async function startGateway({ sessions, profileFolder, ...more }) {
  const nodeArgs = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const gateway = await spawnGateway({ ...more, nodeArgs });
  return { ...gateway, tokens: await openSessions(gateway.url, sessions) };
}

/** Undefined where no Redis is installed. Every change is on disk before it is answered. */
async function startRedis(folder) {
  if (!existsSync(redisServer)) return undefined;
  return onFreePorts(async (attempt) => startRedisOn(await freePort(), join(folder, `redis-${attempt}`)));
}

async function startRedisOn(port, folder) {
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'redis.log');
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable];
  const child = spawnLogged(redisServer, args, { logFile });
  await untilSaid(child, logFile, (said) => /Ready to accept connections/.exec(said));
  return { pid: child.pid, url: `redis://127.0.0.1:${port}`, stop: () => end(child) };
}

/** A load generator: `run` resolves with what a step has found. */
function startLoad(program = 'load/main.js') {
  const child = forkProgram(join(__dirname, program));
  return { pid: child.pid, run: child.ask, stop: child.stop };
}

module.exports = {
  ...{ openSessions, password, people, scryptCosts, settingsOf, spawnGateway, startGateway },
  ...{ startLoad, startRedis, usersFileIn },
};
