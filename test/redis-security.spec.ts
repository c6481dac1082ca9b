import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnavailable } from '../src/stores/store';
import { oddCertificates, testCertificates } from './servers/certificates';
import { freePort } from './servers/process';
import { RedisServer } from './servers/redis';
import { startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { connectedRedisStore, outcomeOf, redisStore } from './support/redis-stores';

const laterMs = Date.now() + 3_600_000;
const patient = { REDIS_COMMAND_TIMEOUT_MS: '10000' };
const password = 'canary:/@pass word';
/** What docs/adr/0012 tells an operator to allow. */
const rules = '+eval +evalsha +hget +hmget +hset +del +pexpire +scan +info +wait';

let server: RedisServer;
let tls: Record<string, string>;

beforeAll(async () => {
  const user = `user gateway on ">${password}" ~gatehouse:* ${rules}`;
  server = await RedisServer.start({ tls: true, config: [user] });
  const client = await testCertificates();
  tls = {
    REDIS_TLS_CA_FILE: client.caFile,
    REDIS_TLS_CERT_FILE: client.certFile,
    REDIS_TLS_KEY_FILE: client.keyFile,
  };
});
afterAll(() => server.remove());

function withLogin(url: string, user: string, secret: string): string {
  return url.replace('://', `://${user}:${encodeURIComponent(secret)}@`);
}

describe('a Redis with TLS and a user of our own', () => {
  it('is used over TLS with no more rights than the documentation names', async () => {
    const logLines: string[] = [];
    const env = { ...patient, ...tls, REDIS_URL: withLogin(server.tlsUrl, 'gateway', password) };
    const store = await connectedRedisStore(env, logLines);
    expect(await store.create('key', 'value', laterMs)).toBe(true);
    const version = (await store.read('key'))?.version ?? NaN;
    expect(await store.replace('key', version, 'new', laterMs)).toBe(true);
    expect((await store.scan('', undefined, 10)).keys).toEqual(['key']);
    expect((await store.increment('hit', 1000)).count).toBe(1);
    expect(await store.delete('key')).toBe(true);
    expect(logLines.join()).toContain('rediss://localhost');
    expect(logLines.join()).not.toContain('canary');
  });

  it('is refused with a certificate that another authority has signed', async () => {
    const { strangerCaFile } = await testCertificates();
    const logLines: string[] = [];
    const store = redisStore(
      { ...tls, REDIS_TLS_CA_FILE: strangerCaFile, REDIS_URL: server.tlsUrl },
      logLines,
    );
    await eventually(() => /certificate/.test(logLines.join()));
    expect(await outcomeOf(store.read('key'))).toBeInstanceOf(StoreUnavailable);
  });

  it('refuses us without a certificate of our own', async () => {
    const { caFile } = await oddCertificates();
    const store = redisStore({
      REDIS_TLS_CA_FILE: tls['REDIS_TLS_CA_FILE'] ?? caFile,
      REDIS_URL: server.tlsUrl,
    });
    await expect(store.read('key')).rejects.toThrow(StoreUnavailable);
  });

  it.each([
    ['WRONGPASS', 'gateway', 'canary wrong'],
    ['NOPERM', 'gateway', password],
  ])('answers %s in the log, without a secret anywhere', async (code, user, secret) => {
    const logLines: string[] = [];
    const env = { ...patient, REDIS_URL: withLogin(server.url, user, secret), REDIS_KEY_PREFIX: 'other:' };
    const store = redisStore(env, logLines);
    const texts: string[] = [];
    await eventually(async () => {
      const outcome = await outcomeOf(store.create('key', 'canary value', laterMs));
      texts.push(String(outcome), JSON.stringify(outcome), (outcome instanceof Error && outcome.stack) || '');
      expect(outcome).toHaveProperty('cause', undefined);
      return texts.concat(logLines).join().includes(code);
    });
    expect(texts.concat(logLines).join()).not.toContain('canary');
  });
});

it('tells in the log when an outage has another reason than before', async () => {
  const own = await RedisServer.start({ config: ['user gateway on >canary ~* &* +@all'] });
  try {
    const logLines: string[] = [];
    const env = { ...patient, REDIS_URL: withLogin(own.url, 'gateway', 'canary') };
    const store = await connectedRedisStore(env, logLines);
    await own.cli('acl', 'setuser', 'gateway', 'resetpass', '>other');
    await own.cli('client', 'kill', 'user', 'gateway');
    await eventually(() => logLines.join().includes('WRONGPASS'));
    expect(await outcomeOf(store.read('key'))).toBeInstanceOf(StoreUnavailable);
    expect(logLines.join()).toContain('the connection was closed');
    expect(logLines.join()).not.toContain('canary');
  } finally {
    await own.remove();
  }
});

it('names the setting of a file that cannot be read', () => {
  const env = { REDIS_URL: 'rediss://localhost:1', REDIS_TLS_CA_FILE: '/nowhere/ca.pem' };
  expect(() => redisStore(env)).toThrow('REDIS_TLS_CA_FILE cannot be read (ENOENT)');
});

describe('the gateway with a Redis', () => {
  it('starts and answers 503 while it is down, and is well when it is there', async () => {
    const secretFile = join(temporaryFolder(), 'redis-url');
    writeFileSync(secretFile, `${withLogin(server.url, 'gateway', password)}\n`);
    await server.kill();
    const gateway = await startGateway({
      ...patient,
      RATE_LIMIT_AUTH_MAX: '100000',
      REDIS_URL_FILE: secretFile,
    });
    try {
      const login = () =>
        fetch(`${gateway.url}/api/auth/login`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ username: 'demo', password: gateway.demoPassword }),
        });
      expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
      expect((await login()).status).toBe(503);
      await server.startAgain();
      await eventually(async () => (await login()).status === 200, 15_000);
      expect(await server.cli('keys', 'gatehouse:c:throttle:*')).not.toBe('\n');
      expect(gateway.logs()).not.toContain('canary');
    } finally {
      await gateway.stop();
    }
  });

  it('stops at once, although its Redis never answered', async () => {
    const gateway = await startGateway({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    const startMs = performance.now();
    await gateway.stop();
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
