const { execFileSync } = require('node:child_process');
const {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { tmpdir, userInfo } = require('node:os');
const { join } = require('node:path');
const { end, freePort, onFreePorts, spawnLogged, untilAnswers, untilSaid } = require('../../processes');
const { ask, askTwice, claimsOf, expectStatus, inTurns } = require('../ask');
const { client, configurationOf, iniOf, nginxOf, packaged } = require('./configuration');
const requests = require('./requests');

const server = '/usr/sbin/llng-fastcgi-server';
const nginx = '/usr/sbin/nginx';
const needed = [server, nginx, '/usr/share/lemonldap-ng/portal/htdocs/index.psgi', packaged];
const debianPackages = ['lemonldap-ng-fastcgi-server', 'liblemonldap-ng-portal-perl', 'nginx', 'perl'];
const workers = 7;
const withSessions = ['refresh', 'verify', 'me', 'mix'];
const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
/** It refuses to run as root. */
const serviceUser = userInfo().uid === 0 ? 'www-data' : undefined;

/** What is there now: processes with children, each leader of a group that ends with the bench, and folders. */
const [leaders, folders] = [new Set(), new Set()];

process.once('exit', () => {
  for (const { pid } of leaders) process.kill(-pid, 'SIGKILL');
  folders.forEach(remove);
});

function spawnLeader(command, args, options) {
  const child = spawnLogged(command, args, { ...options, detached: true });
  leaders.add(child);
  child.once('exit', () => leaders.delete(child));
  return child;
}

function remove(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

function available() {
  const missing = needed.filter((path) => !existsSync(path));
  if (missing.length > 0)
    return `${missing.join(', ')} missing (bench/peers/lemonldap/README.md names the packages)`;
  try {
    accessSync(packaged, constants.R_OK);
  } catch {
    return `${packaged} cannot be read by this user`;
  }
  return undefined;
}

function versions() {
  const format = ['-W', '-f', '${Package} ${Version}\n', ...debianPackages];
  return execFileSync('dpkg-query', format, { encoding: 'utf8' }).trim().split('\n');
}

/** The folder of the bench is closed to the user that it runs as, so it has one of its own. */
function ownFolder({ directory }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-lemonldap-'));
  folders.add(folder);
  for (const name of ['conf', 'sessions/lock', 'psessions/lock', 'cache', 'nginx', 'www'])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(directory.caFile, join(folder, 'ca.crt'));
  writeFileSync(join(folder, 'www', 'verify'), 'yes\n');
  writeFileSync(join(folder, 'lemonldap-ng.ini'), iniOf(folder));
  return folder;
}

function giveAway(folder) {
  chmodSync(folder, 0o750);
  if (serviceUser) execFileSync('chown', ['-R', `${serviceUser}:${serviceUser}`, folder]);
}

function spawnServer(folder, logFile) {
  const socket = join(folder, 'llng.sock');
  rmSync(socket, { force: true });
  const user = serviceUser ?? userInfo().username;
  const args = [
    '--foreground',
    '-u',
    user,
    '-n',
    String(workers),
    '-p',
    join(folder, 'llng.pid'),
    '-s',
    socket,
  ];
  // Its queue is 100 long by default, and nginx answers 502 to whoever finds no place in it.
  const queue = '--plackOptions=--backlog=1024';
  const env = {
    PATH: process.env.PATH,
    LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini'),
    LLNG_DEFAULTLOGGER: 'Lemonldap::NG::Common::Logger::Std',
  };
  return spawnLeader(server, [...args, '-g', user, queue], { cwd: folder, env, logFile });
}

/** Both processes, on a port that was free; the portal has answered once. */
async function startBoth({ folder, directory, logFile }) {
  const port = await freePort();
  writeFileSync(
    join(folder, 'conf', 'lmConf-1.json'),
    JSON.stringify(configurationOf({ folder, directory, port })),
  );
  writeFileSync(join(folder, 'nginx.conf'), nginxOf({ folder, port, user: serviceUser }));
  giveAway(folder);
  const startedAtMs = performance.now();
  const children = [spawnServer(folder, logFile)];
  const stop = () => Promise.all(children.map(end));
  try {
    await untilSaid(children[0], logFile, () => existsSync(join(folder, 'llng.sock')) || undefined);
    children.push(spawnLeader(nginx, ['-c', join(folder, 'nginx.conf')], { cwd: folder, logFile }));
    await untilAnswers(children[1], port, logFile);
    await askTwice(port, requests.jwks());
    const pids = children.map(({ pid }) => pid);
    return { pids, port, readyAfterMs: performance.now() - startedAtMs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function logIn(port, person) {
  const login = requests['login-ldap']({ people: [person], clients: 1, authorization }, 0);
  const answer = await ask(port, login.next());
  login.take(answer);
  const { access_token: accessToken, refresh_token: refreshToken } = JSON.parse(answer.body);
  return { accessToken, refreshToken };
}

async function checkTokens(port, { person, state }) {
  const keySet = await ask(port, requests.jwks().next());
  const verification = { alg: 'RS256', key: JSON.parse(keySet.body).keys[0] };
  const refreshed = await ask(port, requests.refresh(state, 0).next());
  for (const token of [state.sessions[0].accessToken, JSON.parse(refreshed.body).access_token]) {
    const { sub, groups } = claimsOf(token, verification);
    if (sub !== person.username || !groups) throw new Error('an access token is not that of the person');
  }
  const wrong = requests['login-ldap'](
    { people: [{ ...person, password: 'wrong' }], clients: 1, authorization },
    0,
  );
  expectStatus(await ask(port, wrong.next()), 400, 'a wrong password');
}

async function checkAccess(port, state) {
  const forged = { ...state, sessions: [{ accessToken: 'forged' }] };
  for (const name of ['verify', 'me']) {
    await askTwice(port, requests[name](state, 0));
    expectStatus(await ask(port, requests[name](forged, 0).next()), 401, 'a forged access token');
  }
}

/** Its refresh tokens stay the same, so all scenarios and the check share the sessions. */
async function checkedStates(port, { scenarios, people, clients }) {
  const count = scenarios.some((name) => withSessions.includes(name)) ? clients : 1;
  const each = Array.from({ length: count }, (_, index) => people[index % people.length]);
  const state = {
    people,
    clients,
    authorization,
    sessions: await inTurns(each, (person) => logIn(port, person)),
  };
  await checkTokens(port, { person: people[0], state });
  await checkAccess(port, state);
  return Object.fromEntries(scenarios.map((name) => [name, name === 'jwks' ? {} : state]));
}

async function startIn(folder, place) {
  const own = { folder, directory: place.directory, logFile: join(place.folder, 'lemonldap.log') };
  const program = await onFreePorts(() => startBoth(own));
  try {
    const states = place.scenarios.length > 0 ? await checkedStates(program.port, place) : {};
    return { ...program, states };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

async function start(place) {
  const folder = ownFolder(place);
  try {
    const program = await startIn(folder, place);
    return { ...program, stop: () => program.stop().then(() => remove(folder)) };
  } catch (error) {
    remove(folder);
    throw error;
  }
}

module.exports = {
  name: 'lemonldap',
  title: 'LemonLDAP::NG as Debian has it, nginx, sessions in files',
  scenarios: ['login-ldap', 'refresh', 'verify', 'me', 'jwks', 'mix'],
  requests: require.resolve('./requests'),
  versions,
  available,
  start,
};
