import { connect } from 'node:net';
import { RedisServer } from './servers/redis';
import { type Answer, Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { usersFileOfAlice } from './support/users-file';

const password = 'correct horse battery';
let redis: RedisServer;
let gateways: readonly RunningGateway[] = [];
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  redis = await RedisServer.start();
  const usersFile = await usersFileOfAlice(password);
  const sources = { STRATEGIES: 'file', USERS_FILE: usersFile };
  env = { ...sources, REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '5000' };
});
beforeEach(() => redis.cli('flushall'));
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  gateways = [];
});
afterAll(() => redis.remove());

/** Two gateways with nothing in common but the Redis. */
async function replicas(more: Readonly<Record<string, string>> = {}): Promise<[Client, Client]> {
  const one = await startGateway({ ...env, ...more });
  const two = await startGateway({ ...env, ...more }, one.clock);
  gateways = [one, two];
  return [new Client(one.url), new Client(two.url)];
}

function statusOf({ status, body }: Answer): string {
  return `${status} ${typeof body['code'] === 'string' ? body['code'] : ''}`.trim();
}

describe('two replicas that share a Redis', () => {
  it('lead on, list and end the same sessions', async () => {
    const [one, two] = await replicas();
    const login = await one.login('alice', password);
    const refreshed = await two.refresh(cookieOf(login));
    expect(statusOf(refreshed)).toBe('200');
    // Within the grace window the other replica gives the same successor.
    expect(cookieOf(await one.refresh(cookieOf(login)))).toBe(cookieOf(refreshed));
    const logout = await one.logout(cookieOf(refreshed));
    expect(statusOf(logout)).toBe('200');
    expect(statusOf(await two.refresh(cookieOf(refreshed)))).toBe('401 REFRESH_TOKEN_INVALID');
  });

  it('race for one token and give one successor', async () => {
    const [one, two] = await replicas();
    const login = await one.login('alice', password);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).refresh(cookieOf(login))),
    );
    expect(new Set(answers.map((answer) => `${answer.status} ${cookieOf(answer)}`)).size).toBe(1);
  });

  it('count logins together', async () => {
    const [one, two] = await replicas({ RATE_LIMIT_AUTH_MAX: '5' });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (n % 2 ? one : two).login('alice', 'wrong')),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  it('count the failed logins of an account together, and know the devices of one another', async () => {
    const [one, two] = await replicas({ RATE_LIMIT_AUTH_MAX: '1000' });
    const login = await one.login('alice', password);
    const device = login.setCookies.find((line) => line.startsWith('gatehouse_device='))?.split(';', 1)[0];
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).login('alice', 'wrong')));
    const logs = gateways.map((gateway) => gateway.logs()).join('');
    expect(logs.split('"cause":"wrong password"')).toHaveLength(6);
    expect([await one.login('alice', password), await two.login('alice', password)].map(statusOf)).toEqual(
      Array(2).fill('429 TOO_MANY_REQUESTS'),
    );
    expect(statusOf(await two.login('alice', password, { cookie: device ?? '' }))).toBe('200');
  });

  it('find the end of a spent token, whichever saw it first', async () => {
    const [one, two] = await replicas();
    const first = cookieOf(await one.login('alice', password));
    const second = cookieOf(await two.refresh(first));
    const third = cookieOf(await one.refresh(second));
    expect(statusOf(await two.refresh(first))).toBe('401 REFRESH_TOKEN_REUSED');
    expect(statusOf(await one.refresh(third))).toBe('401 REFRESH_TOKEN_INVALID');
  });

  it('go on from a token whose refresh the Redis has lost, and say so in the audit trail', async () => {
    const [one, two] = await replicas();
    const first = cookieOf(await one.login('alice', password));
    const key = (await redis.cli('keys', 'gatehouse:r:session:*')).trim();
    // As a replica takes over that had not heard of the refreshes since.
    await redis.cli('copy', key, 'kept');
    const second = cookieOf(await one.refresh(first));
    const third = cookieOf(await two.refresh(second));
    await redis.cli('copy', 'kept', key, 'replace');
    const fourth = await two.refresh(third);
    expect(statusOf(fourth)).toBe('200');
    expect(gateways[1]?.logs()).toContain('"reason":"the store has lost the refresh before this one"');
    // Who raced for it gets the same successor, and what is older is spent as ever.
    expect(cookieOf(await one.refresh(third))).toBe(cookieOf(fourth));
    expect(statusOf(await one.refresh(second))).toBe('401 REFRESH_TOKEN_REUSED');
  });

  /** What hangs here is the Redis; a gateway that hangs finds the request in the same way. */
  async function refreshAndLeave(cookie: string): Promise<void> {
    await redis.cli('client', 'pause', '500');
    const { hostname, port } = new URL(gateways[0]?.url ?? '');
    const socket = connect(Number(port), hostname);
    const head = ['POST /api/auth/refresh HTTP/1.1', `Host: ${hostname}`, `Cookie: ${cookie}`];
    socket.end([...head, 'Content-Length: 0', '', ''].join('\r\n'));
    await eventually(
      () => gateways[0]?.logs().includes('the client of this request has left') ?? false,
      20_000,
    );
    socket.destroy();
    const audited = gateways[0]?.logs().split('\n') ?? [];
    expect(audited.filter((line) => line.includes('"event":"refresh","outcome":"refused"'))).toHaveLength(1);
  }

  it('end no session by a spent token whose client has left: it has gone on at another gateway', async () => {
    const [one, two] = await replicas();
    const first = cookieOf(await one.login('alice', password));
    const third = cookieOf(await two.refresh(cookieOf(await two.refresh(first))));
    await refreshAndLeave(first);
    expect(statusOf(await two.refresh(third))).toBe('200');
    // Whoever waits for the answer is a second holder.
    expect(statusOf(await one.refresh(first))).toBe('401 REFRESH_TOKEN_REUSED');
  });

  it('open no branch for a client that has left, after a hang longer than the grace window', async () => {
    const [one, two] = await replicas();
    const first = cookieOf(await one.login('alice', password));
    const second = cookieOf(await two.refresh(first));
    gateways[0]?.clock.advance(31_000);
    await refreshAndLeave(first);
    expect(statusOf(await two.refresh(second))).toBe('200');
  });

  it('answer 503 while the Redis is away, and log nobody out by that', async () => {
    const [one, two] = await replicas({ REDIS_COMMAND_TIMEOUT_MS: '500' });
    const login = await one.login('alice', password);
    await redis.cli('client', 'pause', '1500');
    const away = await two.refresh(cookieOf(login));
    expect(statusOf(away)).toBe('503 SERVICE_UNAVAILABLE');
    expect(away.headers.get('retry-after')).not.toBeNull();
    let last: Answer | undefined;
    await eventually(async () => {
      last = await two.refresh(cookieOf(login));
      return last.status === 200;
    }, 20_000);
    expect(textOf(last?.data ?? {}, 'access_token')).not.toBe('');
  });
});
