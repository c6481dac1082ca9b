import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, installedProgram, onFreePorts, run, ServerProcess } from './servers/process';
import { Client, cookieOf } from './support/client';
import { deployFolder, deployText } from './support/deployment';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

jest.setTimeout(120_000);

const compose = join(deployFolder, 'compose');

interface ComposeRedis {
  readonly url: string;
  readonly port: number;
  /** Ends it with SIGTERM and starts it on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The Redis of the Compose file: its own configuration and users, on a port and in a folder of the test. */
async function startComposeRedis(): Promise<ComposeRedis> {
  const folder = temporaryFolder();
  const secrets = join(folder, 'secrets');
  await run('/bin/sh', [join(compose, 'make-secrets.sh'), secrets]);
  mkdirSync(join(folder, 'data'));
  const port = await freePort();
  const config = deployText('compose/redis/redis.conf')
    .replace('/run/secrets', secrets)
    .replace('dir /data', `dir ${join(folder, 'data')}`)
    .replace('port 6379', `port ${port}`)
    .replace('bind 0.0.0.0', 'bind 127.0.0.1');
  writeFileSync(join(folder, 'redis.conf'), config);
  const start = () =>
    ServerProcess.start({
      command: installedProgram('/usr/bin/redis-server'),
      args: [join(folder, 'redis.conf')],
      logFile: join(folder, 'redis.log'),
      isReady: (log) => Promise.resolve(log.includes('Ready to accept connections')),
    });
  let server = await start();
  return {
    url: readFileSync(join(secrets, 'redis-url'), 'utf8').replace('@redis:6379', `@127.0.0.1:${port}`),
    port,
    stop: () => server.stop(),
    restart: async () => {
      await server.stop();
      server = await start();
    },
  };
}

describe('the Redis of the Compose file', () => {
  let redis: ComposeRedis;
  let gateway: RunningGateway | undefined;

  beforeAll(async () => {
    redis = await onFreePorts(startComposeRedis);
  });
  afterAll(async () => {
    await gateway?.stop();
    await redis.stop();
  });

  it('has all the rights that the gateway needs, and its sessions after a restart', async () => {
    gateway = await startGateway({ REDIS_URL: redis.url });
    const client = new Client(gateway.url);
    const login = await client.login('demo', gateway.demoPassword);
    expect(login.status).toBe(200);
    await redis.restart();
    const statuses: number[] = [];
    await eventually(async () => {
      const { status } = await client.refresh(cookieOf(login));
      statuses.push(status);
      return status !== 503;
    }, 30_000);
    expect(statuses.at(-1)).toBe(200);
  });

  it('lets nobody in without a name, and the health check do nothing but ask', async () => {
    const cli = (...words: string[]) =>
      run(installedProgram('/usr/bin/redis-cli'), ['-p', String(redis.port), '--no-auth-warning', ...words]);
    const health = ['--user', 'health', '--pass', 'none'];
    expect(await cli('ping')).toContain('NOAUTH');
    expect(await cli(...health, 'ping')).toContain('PONG');
    expect(await cli(...health, 'keys', '*')).toContain('NOPERM');
  });
});
