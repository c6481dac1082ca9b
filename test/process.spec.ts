import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startUpstream } from './servers/upstream';
import { Client, cookieOf, textOf } from './support/client';
import { temporaryFolder } from './support/gateway';

const root = join(__dirname, '..');
const main = join(root, 'dist', 'main.js');
const running: ChildProcess[] = [];

afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly url: string;
}

function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder(), ...env };
}

/** Starts the built gateway as a process of its own and waits for its ready line. */
function start(env: Record<string, string> = {}): Promise<Started> {
  // From an empty folder, so that no .env of the developer is read.
  const child = spawn(process.execPath, [main], { cwd: temporaryFolder(), env: environment(env) });
  running.push(child);
  let output = '';
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const url = /ready on (http:\S+) /.exec(output)?.[1];
      if (url !== undefined && (env['STRATEGIES'] || output.includes('/docs\n'))) {
        resolve({ child, output: () => output, url });
      }
    });
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the process', () => {
  it('starts without any setting, prints the demo password once and a curl line that logs in', async () => {
    const { child, output, url } = await start();
    const curl = /curl -i -c jar (\S+) -H '([^']+)' -d '([^']+)'/.exec(output());
    const [name = '', value = ''] = (curl?.[2] ?? '').split(': ');
    const response = await fetch(curl?.[1] ?? '', {
      method: 'POST',
      headers: { [name]: value },
      body: curl?.[3],
    });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()[0]).toContain('refreshToken=');
    const password = /password {2}(\S+)/.exec(output())?.[1] ?? 'none';
    const jsonLines = output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(jsonLines.join('\n')).not.toContain(password);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const exited = exitOf(child);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('ends cleanly on SIGTERM while a client holds a connection open', async () => {
    const { child, url } = await start();
    await (await fetch(`${url}/health/live`)).text();
    const exited = exitOf(child);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('finishes a running login on SIGTERM, closes its connection and ends with status 0 at once', async () => {
    const upstream = await startUpstream();
    upstream.behave({ kind: 'answer', status: 401, body: '{}', delayMs: 700 });
    const { child, url } = await start({ STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url });
    const login = new Client(url).login('maria', 'wrong');
    await waitUntil(() => upstream.requests.length > 0);
    const startedMs = performance.now();
    const exited = exitOf(child);
    child.kill('SIGTERM');
    const answer = await login;
    expect([answer.status, answer.headers.get('connection')]).toEqual([401, 'close']);
    expect(await exited).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    await upstream.stop();
  });

  it('ends with status 0 when SIGTERM comes with the ready line', async () => {
    const { child } = await start();
    const exited = exitOf(child);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('keeps what it acknowledged when it is killed', async () => {
    const dataDir = temporaryFolder();
    const first = await start({ DATA_DIR: dataDir });
    const password = /password {2}(\S+)/.exec(first.output())?.[1] ?? '';
    const login = await new Client(first.url).login('demo', password);
    const refreshed = await new Client(first.url).refresh(cookieOf(login));
    const exited = exitOf(first.child);
    first.child.kill('SIGKILL');
    await exited;

    const second = await start({ DATA_DIR: dataDir });
    const client = new Client(second.url);
    expect((await client.me(textOf(login.data, 'access_token'))).status).toBe(200);
    expect((await client.refresh(cookieOf(refreshed))).status).toBe(200);
    expect(statSync(join(dataDir, 'store', 'data.mdb')).mode & 0o777).toBe(0o600);
    second.child.kill('SIGTERM');
  });

  it('reports every configuration fault at once, without values, and exits 78', () => {
    const env = environment({
      NODE_ENV: 'production',
      PORT: 'canary',
      LDAP_URL: 'canary',
      COOKIE_SECURE: 'false',
    });
    const { status, stderr } = spawnSync(process.execPath, [main], {
      cwd: temporaryFolder(),
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(78);
    for (const name of ['PORT', 'LDAP_URL', 'COOKIE_SECURE', 'STRATEGIES'])
      expect(stderr).toMatch(new RegExp(`- ${name}\\b`));
    expect(stderr).not.toContain('canary');
  });

  it('takes a file that is not there for a configuration fault, and says it once', () => {
    const usersFile = join(temporaryFolder(), 'none.json');
    const env = environment({ STRATEGIES: 'file', USERS_FILE: usersFile });
    const { status, stderr } = spawnSync(process.execPath, [main], {
      cwd: temporaryFolder(),
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(78);
    expect(stderr).toContain('users add');
    expect(existsSync(usersFile)).toBe(false);
  });
});
