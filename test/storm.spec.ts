import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { hashPassword } from '../src/strategies/file/password-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { Client, cookieOf } from './support/client';
import { freePort } from './servers/process';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

/** How often the gateway is killed; `STORM_KILLS=50 npx jest test/storm` does more. */
const kills = Number(process.env['STORM_KILLS'] ?? '6');
const people = 12;
const main = join(__dirname, '..', 'dist', 'main.js');
const password = 'correct horse battery';
const running = new Set<ChildProcess>();

afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

/** One person on one device: the refresh token that was acknowledged last, and those of sessions that a logout has ended. */
interface Device {
  cookie: string;
  readonly ended: string[];
}

async function start(env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [main], {
    cwd: temporaryFolder(),
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', ...env },
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually(() => output.includes('ready on') || child.exitCode !== null, 60_000);
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  running.delete(child);
}

/** Refreshes until the gateway is gone. Only what was answered counts. */
async function refreshUntilGone(client: Client, device: Device): Promise<number> {
  for (let acknowledged = 0; ; acknowledged++) {
    const answer = await client.refresh(device.cookie).catch(() => undefined);
    if (!answer) return acknowledged;
    expect(answer.status).toBe(200);
    device.cookie = cookieOf(answer);
  }
}

async function logInAndOut(client: Client, device: Device): Promise<void> {
  const login = await client.login('alice', password);
  const cookie = cookieOf(login);
  const logout = await client.logout(cookie);
  expect([login.status, logout.status]).toEqual([200, 200]);
  device.ended.push(cookie);
}

describe('a gateway that is killed in a storm of refreshes', () => {
  it(
    `has lost nothing that it acknowledged, ${kills} times`,
    async () => {
      const folder = temporaryFolder();
      const usersFile = join(folder, 'users.json');
      const passwordHash = await hashPassword(password);
      const alice = { id: '11111111-1111-4111-8111-111111111111', username: 'alice', passwordHash };
      writeUsersFile(usersFile, [{ ...alice, groups: [], roles: [], disabled: false }]);
      const port = await freePort();
      const limits = {
        RATE_LIMIT_AUTH_MAX: '100000',
        RATE_LIMIT_MAX: '1000000',
        SESSIONS_MAX_PER_PERSON: '1000',
      };
      const env = {
        ...{ STRATEGIES: 'file', USERS_FILE: usersFile, PORT: String(port), DATA_DIR: join(folder, 'data') },
        ...limits,
      };
      const client = new Client(`http://127.0.0.1:${port}`);
      let child = await start(env);
      const logins = await Promise.all(Array.from({ length: people }, () => client.login('alice', password)));
      const devices = logins.map((login): Device => ({ cookie: cookieOf(login), ended: [] }));
      let acknowledged = 0;
      for (let round = 0; round < kills; round++) {
        const [first] = devices;
        if (first) await logInAndOut(client, first);
        const storm = devices.map((device) => refreshUntilGone(client, device));
        // At another moment of the storm each time; what counts is that it is in the middle of it.
        await new Promise((resolve) => setTimeout(resolve, 100 + 37 * (round % 9)));
        await killed(child);
        for (const count of await Promise.all(storm)) acknowledged += count;
        child = await start(env);
        for (const device of devices) {
          const refreshed = await client.refresh(device.cookie);
          expect([round, refreshed.status]).toEqual([round, 200]);
          device.cookie = cookieOf(refreshed);
          for (const cookie of device.ended) expect((await client.refresh(cookie)).status).toBe(401);
        }
      }
      await killed(child);
      expect(acknowledged).toBeGreaterThan(kills * people);
    },
    60_000 + kills * 20_000,
  );
});
