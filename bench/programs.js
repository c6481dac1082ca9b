// Starts and ends what is measured. Everything listens on 127.0.0.1, keeps its data in one temporary folder, and ends with the bench.
const { fork, spawn } = require('node:child_process');
const { randomBytes, randomUUID, scryptSync } = require('node:crypto');
const { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const gatewayMain = join(__dirname, '..', 'dist', 'main.js');
const redisServer = '/usr/bin/redis-server';
const startTimeoutMs = 30_000;
const redisAttempts = 5;
const people = 32;
const password = 'correct horse battery';
const started = new Set();

process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

function keep(child) {
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Lets it finish, as its operator would. */
async function end(child) {
  if (hasEnded(child)) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const lastResort = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(lastResort);
}

/** A program whose output goes to a file. Resolves with what `look` finds there. */
async function untilSaid(child, logFile, look) {
  const giveUpAtMs = performance.now() + startTimeoutMs;
  for (;;) {
    const said = readFileSync(logFile, 'utf8');
    const found = look(said);
    if (found !== undefined && found !== null) return found;
    if (hasEnded(child) || performance.now() > giveUpAtMs) {
      await end(child);
      throw new Error(`${child.spawnfile} did not start:\n${said.slice(-2000)}`);
    }
    await sleep(20);
  }
}

function spawnLogged(command, args, { logFile, ...options }) {
  const log = openSync(logFile, 'a');
  try {
    return keep(spawn(command, args, { ...options, stdio: ['ignore', log, log] }));
  } finally {
    closeSync(log);
  }
}

/** `cheap` is the lowest cost that the gateway accepts, where logins are not what is measured; else the one of new passwords. */
function hashOf(isCheap) {
  const [ln, p] = isCheap ? [10, 1] : [15, 3];
  const salt = randomBytes(16);
  const unpadded = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  const hash = scryptSync(password, salt, 32, { N: 2 ** ln, r: 8, p, maxmem: 64 * 1024 * 1024 });
  return `$scrypt$ln=${ln},r=8,p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

function usersFileIn(folder, isCheap) {
  const path = join(folder, 'users.json');
  const passwordHash = hashOf(isCheap);
  const users = Array.from({ length: people }, (_, index) => ({
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
function settingsOf(folder, { redisUrl, env = {}, hasCheapHashes = true }) {
  return {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'error',
    STRATEGIES: 'file',
    USERS_FILE: usersFileIn(folder, hasCheapHashes),
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

async function logIn(url, index) {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: `person-${index % people}`, password, token_delivery: 'body' }),
  });
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`a login was answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text).data.refresh_token;
}

/** The built gateway with so many sessions, and with these settings besides. `profileFolder` takes a CPU profile of it. */
async function startGateway({ folder, sessions, profileFolder, ...more }) {
  mkdirSync(folder, { recursive: true });
  const profile = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  const logFile = join(folder, 'gateway.log');
  const env = { PATH: process.env.PATH, ...settingsOf(folder, more) };
  const child = spawnLogged(process.execPath, [...profile, gatewayMain], { cwd: folder, env, logFile });
  const url = await untilSaid(child, logFile, (said) => /ready on (http:\S+) /.exec(said)?.[1]);
  const tokens = [];
  while (tokens.length < sessions) {
    const next = Array.from({ length: Math.min(8, sessions - tokens.length) }, (_, n) => tokens.length + n);
    tokens.push(...(await Promise.all(next.map((index) => logIn(url, index)))));
  }
  return {
    name: 'gateway',
    pid: child.pid,
    url,
    port: Number(new URL(url).port),
    tokens,
    stop: () => end(child),
  };
}

/** The limit program with so many sessions. */
async function startLimit({ folder, sessions, redisUrl }) {
  mkdirSync(folder, { recursive: true });
  const options = JSON.stringify({ sessions, folder: join(folder, 'limit'), redisUrl });
  const child = keep(fork(join(__dirname, 'limits', 'refresh.js'), [options]));
  const { port, tokens } = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the limit program ended with ${code}`)));
  });
  return { name: 'limit', pid: child.pid, port, tokens, stop: () => end(child) };
}

/** A port may be taken between the look and the start; then there is another one. Undefined where no Redis is installed. */
async function startRedis(folder) {
  if (!existsSync(redisServer)) return undefined;
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return await startRedisOn(port, join(folder, `redis-${attempt}`));
    } catch (error) {
      if (attempt === redisAttempts || !/Address already in use/.test(error.message)) throw error;
    }
  }
}

async function startRedisOn(port, folder) {
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'redis.log');
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...durable];
  const child = spawnLogged(redisServer, args, { logFile });
  await untilSaid(child, logFile, (said) => /Ready to accept connections/.exec(said));
  return { url: `redis://127.0.0.1:${port}`, stop: () => end(child) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A load generator. `run` resolves with what a round has found. */
function startLoad(program = 'load.js') {
  const child = keep(fork(join(__dirname, program)));
  const run = (task) =>
    new Promise((resolve, reject) => {
      const gone = (code) => reject(new Error(`the load generator ended with ${code}`));
      child.once('exit', gone);
      child.once('message', (result) => {
        child.off('exit', gone);
        if (result.error) reject(new Error(result.error));
        else resolve(result);
      });
      child.send(task);
    });
  return { run, stop: () => end(child) };
}

module.exports = { password, people, startGateway, startLimit, startLoad, startRedis };
