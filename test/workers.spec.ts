import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { hashPassword } from '../src/strategies/file/password-hash';
import { freePort } from './servers/process';
import { childrenOf, statOf } from './support/child-processes';
import { Client, cookieOf, textOf } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { usersFileOfAlice } from './support/users-file';

const main = join(__dirname, '..', 'dist', 'main.js');
const password = 'correct horse battery';
const running: ChildProcess[] = [];
let usersFile: string;

beforeAll(async () => {
  usersFile = await usersFileOfAlice(password);
});
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

interface Gateway {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly url: string;
}

function spawnGateway(env: Readonly<Record<string, string>>): { child: ChildProcess; output: () => string } {
  const own = { PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder() };
  const sources = { STRATEGIES: 'file', USERS_FILE: usersFile, WORKERS: '3' };
  const child = spawn(process.execPath, [main], {
    cwd: temporaryFolder(),
    env: { ...own, ...sources, ...env },
    // A group of its own, to which a supervisor may send signals.
    detached: true,
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return { child, output: () => output };
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const { child, output } = spawnGateway(env);
  await eventually(() => output().includes('ready on') || child.exitCode !== null, 30_000);
  const url = /ready on (http:\S+) /.exec(output())?.[1];
  if (url === undefined) throw new Error(`not ready: ${output()}`);
  return { child, output, url };
}

function pidOf({ child }: Gateway): number {
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

/** Each request over a connection of its own, so that the workers take turns. */
class ManyConnections extends Client {
  override request(...[path, options]: Parameters<Client['request']>): ReturnType<Client['request']> {
    return super.request(path, { ...options, headers: { ...options?.headers, connection: 'close' } });
  }
}

describe('WORKERS', () => {
  it('share sessions and keys, and say once that they are ready', async () => {
    const gateway = await start({ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' });
    expect(childrenOf(pidOf(gateway))).toHaveLength(3);
    expect(gateway.output().match(/ready on/g)).toHaveLength(1);
    const client = new ManyConnections(gateway.url);
    const login = await client.login('alice', password);
    const token = textOf(login.data, 'access_token');
    const seen = await Promise.all(Array.from({ length: 12 }, () => client.me(token)));
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
    let cookie = cookieOf(login);
    for (let round = 0; round < 9; round++) {
      const refreshed = await client.refresh(cookie);
      expect(refreshed.status).toBe(200);
      cookie = cookieOf(refreshed);
    }
    const races = await Promise.all(Array.from({ length: 30 }, () => client.refresh(cookie)));
    expect(new Set(races.map((answer) => `${answer.status} ${cookieOf(answer)}`)).size).toBe(1);
  });

  it('count logins together', async () => {
    const gateway = await start({ RATE_LIMIT_AUTH_MAX: '7' });
    const client = new ManyConnections(gateway.url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.login('alice', 'wrong')));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(7).fill(401), ...Array<number>(13).fill(429)]);
  });

  it('lose nothing that was acknowledged when one of them is killed, and there are three again', async () => {
    const gateway = await start({ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '100000' });
    const client = new ManyConnections(gateway.url);
    let cookie = cookieOf(await client.login('alice', password));
    const ended = cookieOf(await client.login('alice', password));
    await client.logout(ended);
    const [victim = 0] = childrenOf(pidOf(gateway));
    let refreshes = 0;
    let killed = false;
    while (refreshes < 40) {
      if (refreshes === 10 && !killed) {
        process.kill(victim, 'SIGKILL');
        killed = true;
      }
      // A connection that the killed worker had taken breaks; the old token must then still be good.
      const refreshed = await client.refresh(cookie).catch(() => undefined);
      if (!refreshed) continue;
      expect(refreshed.status).toBe(200);
      cookie = cookieOf(refreshed);
      refreshes++;
    }
    expect((await client.refresh(ended)).status).toBe(401);
    await eventually(() => {
      const workers = childrenOf(pidOf(gateway));
      return workers.length === 3 && !workers.includes(victim);
    }, 20_000);
    expect(gateway.output()).toContain('started again');
    expect((await client.refresh(cookie)).status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('end cleanly on %s, all of them', async (signal) => {
    const gateway = await start();
    const workers = childrenOf(pidOf(gateway));
    const exited = new Promise((resolve) => gateway.child.once('exit', resolve));
    gateway.child.kill(signal);
    expect(await exited).toBe(0);
    expect(workers.filter((pid) => statOf(pid) !== '')).toEqual([]);
  });

  it('finish what they serve when a supervisor sends the signal to all of them', async () => {
    // Nobody waits for a try of the account: on a slow machine some would wait in vain.
    const slow = { USERS_FILE: await usersFileOfAlice(password, hashPassword) };
    const gateway = await start({ ...slow, RATE_LIMIT_AUTH_MAX: '1000', LOCKOUT_MAX_FAILURES: '50' });
    const client = new ManyConnections(gateway.url);
    const logins = Array.from({ length: 9 }, () => client.login('alice', password));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const exited = new Promise((resolve) => gateway.child.once('exit', resolve));
    process.kill(-pidOf(gateway), 'SIGTERM');
    // One that is cut rejects. On a busy machine some arrive only after the signal, and are turned away in order.
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(statuses).toContain(200);
    expect(await exited).toBe(0);
  });

  it('end when the primary process is gone', async () => {
    const gateway = await start();
    const workers = childrenOf(pidOf(gateway));
    gateway.child.kill('SIGKILL');
    await eventually(() => workers.every((pid) => statOf(pid) === ''), 20_000);
  });

  it('that die with questions under way take nobody along', async () => {
    // A port that the system chose would be lost with the last of them.
    const PORT = String(await freePort());
    const gateway = await start({ WORKERS: '2', PORT, RATE_LIMIT_AUTH_MAX: '100000' });
    const client = new ManyConnections(gateway.url);
    const workers = childrenOf(pidOf(gateway));
    gateway.child.kill('SIGSTOP');
    // They are answered although nobody counts, so that their questions must have been asked by then.
    await Promise.all(Array.from({ length: 20 }, () => client.login('alice', password)));
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    gateway.child.kill('SIGCONT');
    await eventually(
      async () => (await client.login('alice', password).catch(() => null))?.status === 200,
      60_000,
    );
    expect([gateway.child.exitCode, gateway.child.signalCode]).toEqual([null, null]);
  }, 120_000);

  it('that all wait for their restart keep nobody from ending', async () => {
    // A port of the primary process itself keeps it alive as long as it waits for anybody.
    const METRICS_PORT = String(await freePort());
    const gateway = await start({ WORKERS: '2', METRICS_PORT, SHUTDOWN_TIMEOUT_MS: '500' });
    const deaths = () => gateway.output().split('started again').length - 1;
    const exited = new Promise((resolve) => gateway.child.once('exit', resolve));
    // With each death the pause is doubled; at last it is long enough to be met.
    for (let round = 1; round <= 3; round++) {
      await eventually(() => childrenOf(pidOf(gateway)).length === 2, 60_000);
      for (const worker of childrenOf(pidOf(gateway))) process.kill(worker, 'SIGKILL');
      await eventually(() => deaths() === 2 * round, 60_000);
    }
    gateway.child.kill('SIGTERM');
    expect(await exited).toBe(0);
  }, 120_000);

  it('that cannot start end the process, with the fault and the code of a single one', async () => {
    const { child, output } = spawnGateway({ USERS_FILE: '/nowhere/users.json' });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect([code, output().split('/nowhere/users.json')]).toMatchObject([78, { length: 2 }]);
  });

  it('want STRATEGIES', async () => {
    const { child, output } = spawnGateway({ STRATEGIES: '' });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect([code, output().includes('WORKERS needs STRATEGIES')]).toEqual([78, true]);
  });
});
