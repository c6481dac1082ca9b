import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, installedProgram, onFreePorts, run, ServerProcess } from './servers/process';
import { Client, cookieOf } from './support/client';
import { deployFolder, deployText } from './support/deployment';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

jest.setTimeout(120_000);

const compose = join(deployFolder, 'compose');

const refusal = /NOPERM|NOAUTH|WRONGPASS|unknown (?:sub)?command/;

interface ComposeRedis {
  readonly url: string;
  readonly port: number;
  /** Of the user for people. */
  readonly operatorPassword: string;
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
    operatorPassword: readFileSync(join(secrets, 'redis-operator-password'), 'utf8'),
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
  const cli = (...words: readonly string[]) =>
    run(installedProgram('/usr/bin/redis-cli'), ['-p', String(redis.port), '--no-auth-warning', ...words]);
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

  it('lets people do what the runbook says, as the user that it says, and read no session', async () => {
    const runbook = deployText('../docs/operations.md');
    const ofOperator = [...runbook.matchAll(/\boperator ((?:acl|info|config|bgsave)[^`|#\n]*)/g)];
    const ofGateway = [...runbook.matchAll(/redis-cli -u "\$REDIS" ([^`|#\n]*)/g)];
    const wordsOf = ([, line = '']: readonly string[]) => line.trim().replaceAll("'", '').split(/\s+/);
    expect([ofOperator.length, ofGateway.length]).toEqual([6, 1]);
    const operator = ['--user', 'operator', '--pass', redis.operatorPassword];
    for (const words of ofOperator.map(wordsOf))
      expect([words, await cli(...operator, ...words)]).toEqual([words, expect.not.stringMatching(refusal)]);
    for (const words of ofGateway.map(wordsOf))
      expect(await cli('-u', redis.url, ...words)).toContain('PONG');
    for (const words of [['hgetall', 'gatehouse:x'], ['scan', '0'], ['flushall']])
      expect(await cli(...operator, ...words)).toContain('NOPERM');
  });

  it('lets nobody in without a name, and the health check do nothing but ask', async () => {
    const health = ['--user', 'health', '--pass', 'none'];
    expect(await cli('ping')).toContain('NOAUTH');
    expect(await cli(...health, 'ping')).toContain('PONG');
    expect(await cli(...health, 'keys', '*')).toContain('NOPERM');
  });
});
