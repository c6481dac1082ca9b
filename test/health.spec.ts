import { StoreUnavailable } from '../src/stores/store';
import { SigningKeys } from '../src/tokens/signing-keys';
import { RedisServer } from './servers/redis';
import { freePort } from './servers/process';
import { Client, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { rawRequest, talk } from './support/raw-http';

const running: RunningGateway[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

async function start(
  env: Readonly<Record<string, string>> = {},
): Promise<{ gateway: RunningGateway; client: Client }> {
  const gateway = await startGateway(env);
  running.push(gateway);
  return { gateway, client: new Client(gateway.url) };
}

const ready = { status: 'ready', store: 'ok', keys: 'ok', audit: 'ok' };

describe('/health/ready', () => {
  it('is answered to everybody, as often as they like, and leaves no line in the audit trail', async () => {
    const { gateway, client } = await start({ RATE_LIMIT_MAX: '3', RATE_LIMIT_AUTH_MAX: '3' });
    const auditLines = () => gateway.logs().split('"audit":true').length;
    const before = auditLines();
    for (let probe = 0; probe < 10; probe++) {
      const answer = await client.request('/health/ready');
      expect([answer.status, answer.body]).toEqual([200, { ...ready, sources: { file: 'up' } }]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(auditLines()).toBe(before);
  });

  it('is degraded, and says no address, while a directory is down', async () => {
    const port = await freePort();
    const env = { STRATEGIES: 'ldap', LDAP_URL: `ldap://127.0.0.1:${port}`, LDAP_BASE_DN: 'dc=x' };
    const { client } = await start({ ...env, LDAP_PROBE_INTERVAL_MS: '60000' });
    expect((await client.login('alice', 'secret')).status).toBe(503);
    const answer = await client.request('/health/ready');
    expect([answer.status, answer.body]).toEqual([
      200,
      { ...ready, status: 'degraded', sources: { ldap: 'down' } },
    ]);
  });

  it('turns away while the store gives no answer, soon and with one line in the log, until it does', async () => {
    const redis = await RedisServer.start();
    // Longer than the patience of the probe.
    const slow = { REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '60000' };
    const { gateway, client } = await start({ ...slow, STRATEGIES: '' });
    await eventually(async () => (await client.request('/health/ready')).status === 200, 20_000);
    redis.pause();
    const probe = () => client.request('/health/ready');
    await eventually(async () => (await probe()).status === 503, 20_000);
    const answers = await Promise.all(Array.from({ length: 20 }, probe));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(answers[0]?.headers.get('retry-after')).toBe('5');
    expect(answers[0]?.body).toMatchObject({ status: 'unready', store: 'failing' });
    expect(gateway.logs().split('not ready')).toHaveLength(2);
    redis.resume();
    await eventually(async () => (await probe()).status === 200, 30_000);
    await running.pop()?.stop();
    await redis.remove();
  });

  it('turns away while the signing keys were never read', async () => {
    const { gateway, client } = await start();
    const keys = gateway.app.get(SigningKeys, { strict: false });
    const broken = jest.spyOn(keys, 'current').mockImplementation(() => {
      throw new StoreUnavailable('not read yet');
    });
    const answer = await client.request('/health/ready');
    broken.mockRestore();
    expect([answer.status, answer.body]).toMatchObject([503, { status: 'unready', keys: 'failing' }]);
  });
});

describe('/health/directories', () => {
  const path = '/health/directories';
  let running: RunningGateway;
  beforeAll(async () => {
    running = await startGateway({});
  });
  afterAll(() => running.stop());

  it('shows a program on this machine each server, and what went wrong with it when', async () => {
    const port = await freePort();
    const env = { STRATEGIES: 'ldap', LDAP_URL: `ldap://127.0.0.1:${port}`, LDAP_BASE_DN: 'dc=x' };
    const { gateway, client } = await start({ ...env, LDAP_PROBE_INTERVAL_MS: '60000' });
    await client.login('alice', 'secret');
    const { status, body } = await client.request(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      worker: 0,
      sources: [
        {
          ...{ source: 'ldap', status: 'down' },
          peers: [{ address: `ldap://127.0.0.1:${port}`, breaker: 'open', connections: 0, waiting: 0 }],
        },
      ],
    });
    const [peer] = [body['sources']].flat().flatMap((source) => [objectOf(source)['peers']].flat());
    const { lastError, lastErrorAt } = objectOf(peer);
    expect(lastError).toContain('ECONNREFUSED');
    const agoMs = gateway.clock.nowMs() - Date.parse(String(lastErrorAt));
    expect(agoMs).toBeGreaterThanOrEqual(-1);
    expect(agoMs).toBeLessThan(60_000);
  });

  it.each([
    ['X-Forwarded-For: 127.0.0.1', 'Host: 127.0.0.1'],
    ['Forwarded: for=127.0.0.1', 'Host: 127.0.0.1'],
    ['X-Real-IP: 127.0.0.1', 'Host: 127.0.0.1'],
    ['Via: 1.1 proxy', 'Host: 127.0.0.1'],
    ['X-Forwarded-Proto: https', 'Host: localhost:3000'],
    ...['CF-Connecting-IP', 'True-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'Fastly-Client-IP'].map(
      (header) => [`${header}: 127.0.0.1`, 'Host: 127.0.0.1'],
    ),
    ['Accept: */*', 'Host: rebound.example.org'],
  ])('takes nobody for local with "%s" and "%s"', async (header, host) => {
    const text = rawRequest(`GET ${path}`, [header]).replace('Host: gateway', host);
    const { answers } = await talk(running.url, text, { answers: 1 });
    expect(answers[0]?.status).toBe(401);
  });

  it('takes nobody for local who speaks HTTP/1.0, as some proxies do', async () => {
    const { text } = await talk(running.url, `GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.[01] 401 /);
  });

  it('takes no trusted proxy for local, whatever it sends', async () => {
    const { client } = await start({ TRUSTED_PROXIES: '127.0.0.1' });
    expect((await client.request(path)).status).toBe(401);
  });

  it.each(['localhost', '127.0.0.1:3000', '[::1]:3000'])('takes "Host: %s" for local', async (host) => {
    const text = rawRequest(`GET ${path}`).replace('Host: gateway', `Host: ${host}`);
    expect((await talk(running.url, text, { answers: 1 })).answers[0]?.status).toBe(200);
  });

  it('is for administrators elsewhere', async () => {
    const elsewhere = { 'x-forwarded-for': '192.0.2.1' };
    for (const [role, expected] of [
      ['user', 200],
      ['other', 403],
    ] as const) {
      const { gateway, client } = await start({ ADMIN_ROLE: role });
      const login = await client.login('demo', gateway.demoPassword);
      const authorization = `Bearer ${textOf(login.data, 'access_token')}`;
      expect((await client.request(path, { headers: { ...elsewhere, authorization } })).status).toBe(
        expected,
      );
      const wrong = { ...elsewhere, authorization: 'Bearer wrong' };
      expect((await client.request(path, { headers: wrong })).body['code']).toBe('INVALID_TOKEN');
      expect((await client.request(path, { headers: elsewhere })).status).toBe(401);
    }
  });
});
