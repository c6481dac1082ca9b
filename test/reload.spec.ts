import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchedFiles } from '../src/common/watched-files';
import { RedisServer } from './servers/redis';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { startUpstream } from './servers/upstream';
import { Client } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

// Processes take their time to start on a busy machine.
jest.setTimeout(120_000);

const { alice } = people;
const running: RunningGateway[] = [];
const processes: ChildProcess[] = [];
let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());
afterEach(async () => {
  processes.splice(0).forEach((child) => child.kill('SIGKILL'));
  for (const gateway of running.splice(0)) await gateway.stop();
});

async function start(
  env: Readonly<Record<string, string>>,
): Promise<{ gateway: RunningGateway; client: Client }> {
  const gateway = await startGateway({ RATE_LIMIT_AUTH_MAX: '100000', LOCKOUT_MAX_FAILURES: '0', ...env });
  running.push(gateway);
  return { gateway, client: new Client(gateway.url) };
}

/** A file as Kubernetes and Vault show it: behind a link of its folder, which a new version takes over in one step. */
class SwappedFile {
  readonly path: string;
  private readonly folder = temporaryFolder();
  private version = 0;

  constructor(content: string) {
    this.swap(content);
    symlinkSync(join('..data', 'secret'), join(this.folder, 'secret'));
    this.path = join(this.folder, 'secret');
  }

  swap(content: string): void {
    const version = `..version-${this.version++}`;
    mkdirSync(join(this.folder, version));
    writeFileSync(join(this.folder, version, 'secret'), content);
    symlinkSync(version, join(this.folder, '..data_tmp'));
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
  }
}

describe('files that are swapped while the gateway runs', () => {
  it('give LDAP_BIND_PASSWORD to connections from then on, and a broken one changes nothing', async () => {
    const changed = 'another-svc-secret';
    const setPassword = (password: string) =>
      slapd.modify(
        `dn: ${slapd.bindDn}\nchangetype: modify\nreplace: userPassword\nuserPassword: ${password}\n`,
      );
    const file = new SwappedFile(slapd.bindPassword);
    const { LDAP_BIND_PASSWORD: _, ...directory } = slapd.variables;
    const { gateway, client } = await start({
      ...directory,
      STRATEGIES: 'ldap',
      LDAP_BIND_PASSWORD_FILE: `${file.path}`,
      // A refused bind is held against its password for long.
      LDAP_MAX_IDLE_MS: '100',
      LDAP_PROBE_INTERVAL_MS: '60000',
      FILES_CHECK_SECONDS: '1',
    });
    /** Kept connections have been idle for too long by then, so that each login opens and binds one of its own. */
    const status = async () => {
      await sleep(150);
      return (await client.login('alice', alice.password)).status;
    };
    expect(await status()).toBe(200);
    try {
      await setPassword(changed);
      await eventually(async () => (await status()) === 503, 20_000);
      file.swap('');
      await eventually(() => gateway.logs().includes('LDAP_BIND_PASSWORD has an empty file'), 20_000);
      file.swap(`${changed}\n`);
      await eventually(async () => (await status()) === 200, 20_000);
      expect(gateway.logs()).not.toContain(changed);
      expect(gateway.logs()).toContain('"setting":"LDAP_BIND_PASSWORD"');
    } finally {
      await setPassword(slapd.bindPassword);
    }
  });

  it('give LDAP_TLS_CA_FILE to connections from then on', async () => {
    const folder = temporaryFolder();
    const caFile = join(folder, 'ca.pem');
    copyFileSync(slapd.strangerCaFile, caFile);
    const { gateway, client } = await start({
      ...slapd.variables,
      ...{ STRATEGIES: 'ldap', LDAP_URL: slapd.ldapsUrl, LDAP_TLS_CA_FILE: caFile },
      LDAP_PROBE_INTERVAL_MS: '100',
      FILES_CHECK_SECONDS: '0',
    });
    const status = async () => (await client.login('alice', alice.password)).status;
    expect(await status()).toBe(503);
    writeFileSync(caFile, 'broken');
    gateway.app.get(WatchedFiles).readAll();
    expect(gateway.logs()).toContain('LDAP_TLS_CA_FILE holds no PEM certificate');
    copyFileSync(slapd.caFile, caFile);
    gateway.app.get(WatchedFiles).readAll();
    await eventually(async () => (await status()) === 200, 20_000);
  });

  it('change what clients there are', async () => {
    const hashOf = (secret: string) => `sha256:${createHash('sha256').update(secret).digest('hex')}`;
    const listOf = (secret: string) =>
      JSON.stringify([{ client_id: 'app', client_secret_hash: hashOf(secret) }]);
    const file = new SwappedFile(listOf('first'));
    const { gateway, client } = await start({ OAUTH_CLIENTS_FILE: file.path, FILES_CHECK_SECONDS: '0' });
    const introspection = async (secret: string) => {
      const authorization = `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`;
      const type = 'application/x-www-form-urlencoded';
      const headers = { authorization, 'content-type': type };
      const request = { method: 'POST', headers, body: 'token=x' };
      return (await client.request('/oidc/token/introspection', request)).status;
    };
    expect([await introspection('first'), await introspection('second')]).toEqual([200, 401]);
    file.swap(listOf('second'));
    gateway.app.get(WatchedFiles).readAll();
    expect([await introspection('first'), await introspection('second')]).toEqual([401, 200]);
  });

  it('give the password of Redis to connections from then on', async () => {
    const redis = await RedisServer.start();
    const urlWith = (password: string) => redis.url.replace('//', `//:${password}@`);
    await redis.cli('config', 'set', 'requirepass', 'first');
    const file = new SwappedFile(urlWith('first'));
    const { gateway, client } = await start({ REDIS_URL_FILE: file.path, FILES_CHECK_SECONDS: '0' });
    const status = async () => (await client.request('/health/ready')).status;
    await eventually(async () => (await status()) === 200, 20_000);
    await redis.cli('-a', 'first', 'config', 'set', 'requirepass', 'second');
    await redis.cli('-a', 'second', 'client', 'kill', 'type', 'normal');
    await eventually(async () => (await status()) === 503, 20_000);
    file.swap(urlWith('second'));
    gateway.app.get(WatchedFiles).readAll();
    await eventually(async () => (await status()) === 200, 20_000);
    expect(gateway.logs()).not.toMatch(/first|second/);
    await running.pop()?.stop();
    await redis.remove();
  });
});

describe('SIGHUP', () => {
  it('has every worker read its files again, and costs no request', async () => {
    const upstream = await startUpstream();
    const file = new SwappedFile('first-token');
    const auditLog = join(temporaryFolder(), 'audit.log');
    const child = spawn(process.execPath, [join(__dirname, '..', 'dist', 'main.js')], {
      cwd: temporaryFolder(),
      env: {
        ...{ PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder(), WORKERS: '2' },
        ...{ STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url, FILES_CHECK_SECONDS: '0' },
        ...{
          EXTERNAL_AUTH_BEARER_TOKEN_FILE: file.path,
          RATE_LIMIT_AUTH_MAX: '100000',
          REFUSAL_FLOOR_MS: '0',
        },
        ...{ LOCKOUT_MAX_FAILURES: '0', AUDIT_LOG: auditLog },
      },
    });
    processes.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually(() => output.includes('ready on'), 60_000);
    const client = new Client(/ready on (http:\S+) /.exec(output)?.[1] ?? '');
    let isOver = false;
    const statuses = new Set<number>();
    const callers = Array.from({ length: 4 }, async () => {
      // By connections of their own, so that both workers are asked.
      const headers = { connection: 'close' };
      while (!isOver) statuses.add((await client.login('maria', 'wrong', headers)).status);
    });
    await eventually(() => upstream.requests.length > 8, 20_000);
    file.swap('second-token');
    child.kill('SIGHUP');
    const rereads = () => output.split('what a setting takes from a file was read again').length - 1;
    await eventually(() => rereads() === 2, 20_000);
    const before = upstream.requests.length;
    await eventually(() => upstream.requests.length > before + 20, 20_000);
    isOver = true;
    await Promise.all(callers);
    // Those that were on their way when it changed are among the first.
    const later = upstream.requests.slice(before + 8).map(({ headers }) => headers.authorization);
    expect(new Set(later)).toEqual(new Set(['Bearer second-token']));
    expect([...statuses]).toEqual([401]);
    expect(output).not.toContain('second-token');
    renameSync(auditLog, `${auditLog}.1`);
    child.kill('SIGHUP');
    await eventually(() => existsSync(auditLog), 20_000);
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    await upstream.stop();
  });
});
