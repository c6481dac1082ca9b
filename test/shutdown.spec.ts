import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { childrenOf } from './support/child-processes';
import { freePort } from './servers/process';
import { startUpstream, type Upstream } from './servers/upstream';
import { Client } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { connectTo, rawRequest } from './support/raw-http';

// Processes take their time to start on a busy machine.
jest.setTimeout(120_000);

const main = join(__dirname, '..', 'dist', 'main.js');
const running: ChildProcess[] = [];
const sockets: Socket[] = [];
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());
afterEach(() => {
  upstream.behave();
  sockets.splice(0).forEach((socket) => socket.destroy());
  running.splice(0).forEach((child) => child.kill('SIGKILL'));
});

interface Gateway {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
  readonly url: string;
}

type Variables = Readonly<Record<string, string>>;

function environment(env: Variables): NodeJS.ProcessEnv {
  const sources = { STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url, REFUSAL_FLOOR_MS: '0' };
  return { PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder(), ...sources, ...env };
}

function spawnGateway(env: Variables): Omit<Gateway, 'url'> {
  const child = spawn(process.execPath, [main], { cwd: temporaryFolder(), env: environment(env) });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, exit, output: () => output };
}

async function start(env: Variables = {}): Promise<Gateway> {
  const gateway = spawnGateway(env);
  const urlIn = () => /ready on (http:\S+) /.exec(gateway.output())?.[1];
  await eventually(() => urlIn() !== undefined || gateway.child.exitCode !== null, 60_000);
  const url = urlIn();
  if (url === undefined) throw new Error(`not ready: ${gateway.output()}`);
  return { ...gateway, url };
}

async function msUntil(event: Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await event;
  return performance.now() - startedAtMs;
}

/** Loaded into a process before its own code: says when it takes SIGTERM, which it does long before it is ready. */
const tellsOfSignals = `
const { on } = process;
process.on = function (name, listener) {
  if (name === 'SIGTERM') process.stdout.write('takes signals');
  return on.call(this, name, listener);
};
`;

/** Exit code and output of a gateway that was told to end as soon as it could be. One that was ready by then is too late, and the next is tried. */
async function endedDuringStart(attempts: number): Promise<readonly [number | null, string]> {
  const preload = join(temporaryFolder(), 'tells-of-signals.cjs');
  writeFileSync(preload, tellsOfSignals);
  const NODE_OPTIONS = `--require ${JSON.stringify(preload)}`;
  const { child, exit, output } = spawnGateway({ NODE_OPTIONS, SHUTDOWN_DELAY_MS: '30000' });
  await eventually(() => output().includes('takes signals') || child.exitCode !== null, 60_000);
  child.kill('SIGTERM');
  const isLate = () => attempts > 1 && output().includes('ready on');
  await eventually(() => child.exitCode !== null || isLate(), soonMs);
  return isLate() ? endedDuringStart(attempts - 1) : [await exit, output()];
}

/** A connection, open and with this said on it. */
async function saying(url: string, text: string): Promise<Socket> {
  const socket = connectTo(url);
  sockets.push(socket);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  if (text !== '') socket.write(text);
  return socket;
}

// Far above any time measured, and far below what would be waited for otherwise.
const soonMs = 15_000;
const patient = { SHUTDOWN_TIMEOUT_MS: '60000', REQUEST_TIMEOUT_MS: '120000' };

describe('SIGTERM', () => {
  it('is told to load balancers first, while everything is served, each answer closing its connection', async () => {
    const { child, url, exit } = await start({ SHUTDOWN_DELAY_MS: '3000' });
    const client = new Client(url);
    expect((await client.request('/health/ready')).status).toBe(200);
    child.kill('SIGTERM');
    const ready = () => client.request('/health/ready');
    await eventually(async () => (await ready()).status === 503, 2_500);
    // A further signal, as a supervisor sends that does not wait, changes nothing.
    child.kill('SIGTERM');
    const [probe, login, alive] = await Promise.all([
      ready(),
      client.login('maria', 'wrong'),
      client.request('/health/live'),
    ]);
    expect(probe.body['status']).toBe('stopping');
    expect([login.status, login.headers.get('connection')]).toEqual([401, 'close']);
    expect(alive.status).toBe(200);
    expect(await exit).toBe(0);
  });

  it('waits for no connection on which nothing was asked', async () => {
    const { child, url, exit, output } = await start(patient);
    await saying(url, '');
    const kept = await saying(url, rawRequest('GET /health/live'));
    await new Promise((resolve) => kept.once('data', resolve));
    child.kill('SIGTERM');
    expect(await msUntil(exit)).toBeLessThan(soonMs);
    expect([await exit, output().includes('cut off')]).toEqual([0, false]);
  });

  it.each([
    ['a client that does not end its request', 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-'],
    ['a client that keeps a refused tunnel open', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    [
      'a login that a frozen source does not answer',
      rawRequest(
        'POST /api/auth/login',
        ['Content-Type: application/json'],
        '{"usuario":"a","contrasenia":"b"}',
      ),
    ],
  ])('does not wait for %s beyond SHUTDOWN_TIMEOUT_MS', async (_case, text) => {
    const slow = { ...patient, EXTERNAL_AUTH_TIMEOUT_MS: '60000', EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '60000' };
    const before = upstream.requests.length;
    upstream.behave({ kind: 'never' });
    const { child, url, exit } = await start({ ...slow, SHUTDOWN_TIMEOUT_MS: '500' });
    await saying(url, text);
    if (text.endsWith('}')) await eventually(() => upstream.requests.length > before, 20_000);
    // A request that was answered afterwards shows that the one before it has been taken in.
    await new Client(url).request('/health/live');
    child.kill('SIGTERM');
    expect(await msUntil(exit)).toBeLessThan(soonMs);
    expect(await exit).toBe(0);
  });

  it('takes whom the kernel had taken already', async () => {
    const { child, url, exit } = await start();
    child.kill('SIGSTOP');
    const early = await saying(url, rawRequest('GET /health/live'));
    const answered = new Promise<string>((resolve) => {
      early.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      early.once('close', () => resolve('closed without an answer'));
    });
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    expect(await answered).toContain('HTTP/1.1 200');
    expect(await exit).toBe(0);
  });

  it('during the start ends it before it listens', async () => {
    const [code, output] = await endedDuringStart(5);
    // Nobody has been told that it is there, so nobody needs time to hear that it goes.
    expect([code, output.includes('ready on')]).toEqual([0, false]);
  });

  it('ends workers that are only starting', async () => {
    const { child, exit } = spawnGateway({ WORKERS: '2' });
    await eventually(() => child.pid !== undefined && childrenOf(child.pid).length > 0, 60_000);
    child.kill('SIGTERM');
    expect(await msUntil(exit)).toBeLessThan(soonMs);
    expect(await exit).toBe(0);
  });
});

describe('a start that fails', () => {
  it('tells of every fault in settings and files of all rooms, and exits 78', () => {
    const folder = temporaryFolder();
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'signing-key.pem'), 'canary');
    writeFileSync(join(dataDir, 'refresh-token.key'), 'canary');
    mkdirSync(join(folder, 'folder'));
    const faulty = {
      ...{ STRATEGIES: 'ldap,file,external', LDAP_URL: 'ldaps://localhost', LDAP_BASE_DN: 'dc=x' },
      EXTERNAL_AUTH_URL: 'https://localhost',
      EXTERNAL_AUTH_TLS_CERT_FILE: file('cert', 'canary'),
      LDAP_TLS_CA_FILE: file('ca', 'canary'),
      USERS_FILE: join(folder, 'none.json'),
      PASSWORD_BLOCKLIST_FILE: join(folder, 'none.txt'),
      PAGE_LOGO_FILE: file('logo', 'canary'),
      AUDIT_LOG: join(folder, 'folder'),
      DATA_DIR: dataDir,
    };
    const files = ['EXTERNAL_AUTH_TLS_CERT_FILE', 'LDAP_TLS_CA_FILE', 'none.json', 'PASSWORD_BLOCKLIST_FILE'];
    files.push('PAGE_LOGO_FILE', 'AUDIT_LOG', 'signing-key.pem', 'refresh-token.key');
    for (const [env, names] of [
      [faulty, files],
      [
        { ...faulty, PORT: 'canary', LDAP_BIND_PASSWORD_FILE: join(folder, 'none') },
        ['PORT', 'LDAP_BIND_PASSWORD', ...files],
      ],
    ] as const) {
      const options = { cwd: temporaryFolder(), env: environment(env), encoding: 'utf8' } as const;
      const { status, stderr } = spawnSync(process.execPath, [main], options);
      expect(names.filter((name) => !stderr.includes(name))).toEqual([]);
      expect([status, stderr.includes('canary')]).toEqual([78, false]);
    }
  });

  it('tells of a DATA_DIR that is no folder, and of nothing in it', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    // Another fault, so that all are looked for before anything is opened.
    const env = environment({ DATA_DIR: file, PORT: 'canary' });
    const { status, stderr } = spawnSync(process.execPath, [main], {
      cwd: temporaryFolder(),
      env,
      encoding: 'utf8',
    });
    expect([status, stderr.match(/DATA_DIR|signing-key|refresh-token|ENOTDIR|EEXIST/g)]).toMatchObject([
      78,
      { length: 2 },
    ]);
  });

  it('is no configuration fault where nothing is wrong with the settings', async () => {
    const port = await freePort();
    const first = await start({ PORT: String(port) });
    const options = {
      cwd: temporaryFolder(),
      env: environment({ PORT: String(port) }),
      encoding: 'utf8',
    } as const;
    const { status, stderr } = spawnSync(process.execPath, [main], options);
    expect([status, stderr.includes('EADDRINUSE')]).toEqual([1, true]);
    expect(first.child.exitCode).toBeNull();
  });
});
