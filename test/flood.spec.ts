import type { Socket } from 'node:net';
import { Store } from '../src/stores/store';
import { BarredLogins } from '../src/throttle/barred-logins';
import { startUpstream, type Upstream } from './servers/upstream';
import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { connectTo, rawRequest, talk } from './support/raw-http';

let gateway: RunningGateway;
let client: Client;
let upstream: Upstream | undefined;

afterEach(async () => {
  await upstream?.stop();
  upstream = undefined;
  await gateway.stop();
});

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  gateway = await startGateway({ TRUSTED_PROXIES: '127.0.0.1', ...env });
  client = new Client(gateway.url);
}

const from = (address: string) => ({ 'x-forwarded-for': address });
const emptyLogin = (address: string) =>
  client.request('/api/auth/login', { method: 'POST', body: {}, headers: from(address) });

describe('a login of an address that is over its limit', () => {
  const headWithoutBody = (address: string) =>
    rawRequest('POST /api/auth/login', [
      'Content-Type: application/json',
      'Content-Length: 5000',
      `X-Forwarded-For: ${address}`,
    ]);

  it('is refused before its body is there and without asking the store, until the window ends', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '2', RATE_LIMIT_WINDOW_MS: '60000' });
    for (let n = 0; n < 3; n++) await emptyLogin('192.0.2.1');
    const increment = jest.spyOn(gateway.app.get(Store, { strict: false }), 'increment');
    gateway.clock.advance(20_000);
    const { answers } = await talk(gateway.url, headWithoutBody('192.0.2.1'), { answers: 1 });
    expect(answers[0]?.status).toBe(429);
    expect(answers[0]?.headers.get('retry-after')).toBe('40');
    expect(answers[0]?.headers.get('ratelimit-reset')).toBe('40');
    expect(answers[0]?.headers.get('ratelimit-limit')).toBe('2');
    expect(answers[0]?.body).toContain('Demasiados intentos');
    expect(increment).not.toHaveBeenCalled();
    expect((await emptyLogin('192.0.2.2')).status).toBe(400);
    gateway.clock.advance(40_000);
    expect((await emptyLogin('192.0.2.1')).status).toBe(400);
  });

  it('is refused at the doors of all dialects, and other requests of the address are not', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '1', COMPAT: 'django,ping-directory,genauth' });
    for (let n = 0; n < 2; n++) await emptyLogin('192.0.2.1');
    const asked = jest.spyOn(gateway.app.get(Store, { strict: false }), 'increment');
    for (const path of [
      '/api/login-ldap/',
      '/directory/v1/authenticate',
      '/api/v3/signin',
      '/api/auth/password',
    ]) {
      const answer = await client.request(path, { method: 'POST', body: {}, headers: from('192.0.2.1') });
      expect({ path, limited: answer.status === 429 || answer.text.includes('429') }).toEqual({
        path,
        limited: true,
      });
    }
    expect(asked).not.toHaveBeenCalled();
    expect((await client.request('/api/auth/verify', { headers: from('192.0.2.1') })).status).toBe(401);
    expect(
      (await client.request('/api/auth/refresh', { method: 'POST', headers: from('192.0.2.1') })).status,
    ).toBe(401);
  });

  it('is remembered for no more addresses than RATE_LIMIT_MAX_KEYS', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '1', RATE_LIMIT_MAX_KEYS: '1000', LOG_LEVEL: 'error' });
    for (let network = 0; network < 11; network++) {
      const twice = Array.from({ length: 100 }, async (_, host) => {
        await emptyLogin(`198.51.${network}.${host}`);
        return (await emptyLogin(`198.51.${network}.${host}`)).status;
      });
      expect(new Set(await Promise.all(twice))).toEqual(new Set([429]));
    }
    expect(gateway.app.get(BarredLogins, { strict: false }).size).toBe(1000);
  });
});

describe('what a flood is answered', () => {
  const doors = [
    '/api/auth/login',
    '/api/login-ldap/',
    '/directory/v1/authenticate',
    '/api/v3/signin',
    '/api/auth/password',
  ];
  const preferences: readonly Readonly<Record<string, string>>[] = [
    {},
    { 'accept-language': 'en' },
    { accept: 'application/problem+json', 'accept-language': 'en-GB, es;q=0.5' },
    { origin: 'https://app.example.org', accept: '*/*' },
  ];

  it('is to the letter what the first one refused is, at every door, in every form and language', async () => {
    await start({
      RATE_LIMIT_AUTH_MAX: '1',
      COMPAT: 'django,ping-directory,genauth',
      ALLOWED_ORIGINS: 'https://app.example.org',
    });
    const barred = gateway.app.get(BarredLogins, { strict: false });
    let forgets = true;
    const refusalOf = barred.refusalOf.bind(barred);
    // Without its memory, the throttler itself refuses.
    jest
      .spyOn(barred, 'refusalOf')
      .mockImplementation((address) => (forgets ? undefined : refusalOf(address)));
    await emptyLogin('192.0.2.1');
    for (const path of doors) {
      for (const preference of preferences) {
        const headers = { ...from('192.0.2.1'), 'x-request-id': 'flood-1', ...preference };
        const answers = [];
        for (forgets of [true, false]) {
          const answer = await client.request(path, { method: 'POST', body: {}, headers });
          const sent = new Map(answer.headers);
          sent.delete('date');
          answers.push({ path, status: answer.status, text: answer.text, headers: sent });
        }
        const [full, cheap] = answers;
        expect(cheap).toEqual(full);
        expect(cheap?.headers.get('x-request-id')).toBe('flood-1');
        expect(cheap?.headers.get('x-content-type-options')).toBe('nosniff');
        expect(cheap?.headers.get('retry-after')).toBe('900');
      }
    }
  });

  it('has lines of its own in the log ten times in a second, and is counted there beyond that', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '1' });
    for (let n = 0; n < 2; n++) await emptyLogin('192.0.2.1');
    const answers = await Promise.all(Array.from({ length: 60 }, () => emptyLogin('192.0.2.1')));
    expect(answers.every(({ status }) => status === 429)).toBe(true);
    const linesOf = () =>
      gateway
        .logs()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { msg?: string; status?: number; refused?: number });
    // The throttler's own refusal went before.
    const listed = () =>
      linesOf().filter(({ msg, status }) => msg === 'request' && status === 429).length - 1;
    const counted = () => linesOf().reduce((sum, { refused = 0 }) => sum + refused, 0);
    await eventually(() => listed() + counted() === 60, 30_000);
    expect(counted()).toBeGreaterThan(0);
  });

  it('waits for its turn, so that thousands at once do not hold up a question in between', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '1' });
    for (let n = 0; n < 2; n++) await emptyLogin('192.0.2.1');
    const login = rawRequest('POST /api/auth/login', [
      'Content-Type: application/json',
      'Content-Length: 2',
      'X-Forwarded-For: 192.0.2.1',
    ]);
    const sockets = await connections(301);
    const order = answersOf(sockets);
    // All are there before the gateway looks at any, the question last.
    for (const socket of sockets.slice(0, 300)) socket.write(`${login}{}`);
    sockets[300]?.write(rawRequest('GET /api/auth/verify', ['X-Forwarded-For: 192.0.2.9']));
    await eventually(() => order.length === 301, 30_000);
    sockets.forEach((socket) => socket.destroy());
    expect(order.filter((status) => status === '429')).toHaveLength(300);
    expect(order.indexOf('401')).toBeLessThan(200);
  });
});

describe('logins that all arrive at once', () => {
  it('begin one after the other, and those past the row are refused', async () => {
    await start({ CONNECTIONS_MAX_PER_ADDRESS: '2000', LOG_LEVEL: 'error' });
    const sockets = await connections(900);
    const order = answersOf(sockets);
    const turns = new Set<number>();
    let turn = 0;
    const countTurns = () => void (isCounting && (turn++, setImmediate(countTurns)));
    let isCounting = true;
    setImmediate(countTurns);
    const store = gateway.app.get(Store, { strict: false });
    const increment = store.increment.bind(store);
    jest.spyOn(store, 'increment').mockImplementation((...counted) => {
      turns.add(turn);
      return increment(...counted);
    });
    sockets.forEach((socket, n) =>
      socket.write(
        `${rawRequest('POST /api/auth/login', [
          'Content-Type: application/json',
          'Content-Length: 2',
          `X-Forwarded-For: 198.51.${n >> 8}.${n & 255}`,
        ])}{}`,
      ),
    );
    await eventually(() => order.length === 900, 60_000);
    isCounting = false;
    sockets.forEach((socket) => socket.destroy());
    const begun = order.filter((status) => status === '400').length;
    expect(begun).toBeGreaterThan(500);
    expect(order.filter((status) => status === '503')).toHaveLength(900 - begun);
    expect(begun).toBeLessThan(900);
    expect(turns.size).toBeGreaterThan(400);
    expect((await emptyLogin('192.0.2.1')).status).toBe(400);
  });
});

describe('logins past the places for them', () => {
  it('are turned away at once, ask no source, and keep nobody else waiting; then there is room again', async () => {
    upstream = await startUpstream();
    await start({
      STRATEGIES: 'external',
      EXTERNAL_AUTH_URL: upstream.url,
      EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '8000',
      EXTERNAL_AUTH_TIMEOUT_MS: '8000',
      LOGIN_MAX_RUNNING: '2',
      LOGIN_MAX_WAITING: '8',
      LOGIN_MAX_WAIT_MS: '60000',
      RATE_LIMIT_AUTH_MAX: '1000',
    });
    const login = (address: string) => client.login('maria', 'contraseña de maría', from(address));
    upstream.behave({ kind: 'never' });
    const held = [1, 2].map((n) => login(`192.0.2.${n}`));
    await eventually(() => upstream?.requests.length === 2);
    // One of the eight places to wait is all that an address gets.
    const pair = [login('203.0.113.1'), login('203.0.113.1')];
    const turnedAway = await Promise.race(pair);
    expect([turnedAway.status, turnedAway.body['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(Number(turnedAway.headers.get('retry-after'))).toBeGreaterThan(0);
    // Not even its body is waited for.
    const headers = [
      'Content-Type: application/json',
      'Content-Length: 5000',
      'X-Forwarded-For: 203.0.113.1',
    ];
    const { answers } = await talk(gateway.url, rawRequest('POST /api/auth/login', headers), { answers: 1 });
    expect(answers[0]?.status).toBe(503);
    const startedMs = performance.now();
    expect((await client.request('/api/auth/verify')).status).toBe(401);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(upstream.requests).toHaveLength(2);
    upstream.behave();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([503, 503]);
    expect((await Promise.all(pair)).map(({ status }) => status).sort()).toEqual([200, 503]);
    expect((await login('203.0.113.1')).status).toBe(200);
  });
});

describe('a process that is late with everything', () => {
  it('turns logins away first, then the rest, and never what others depend on', async () => {
    await start({ SHED_DELAY_MS: '100', RATE_LIMIT_AUTH_MAX: '100000', RATE_LIMIT_MAX: '100000' });
    expect((await emptyLogin('192.0.2.1')).status).toBe(400);
    let stepMs = 300;
    const busy = setInterval(() => spin(stepMs), 0);
    try {
      await eventually(async () => (await emptyLogin('192.0.2.1')).status === 503, 60_000);
      stepMs = 1200;
      await eventually(async () => (await client.request('/api/auth/me')).status === 503, 60_000);
      expect((await client.request('/api/auth/verify')).status).toBe(401);
      expect((await client.request('/health/live')).status).toBe(200);
    } finally {
      clearInterval(busy);
    }
    await eventually(async () => (await emptyLogin('192.0.2.1')).status === 400, 20_000);
  }, 200_000);
});

function spin(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs) continue;
}

/** So many that the gateway has taken in. */
async function connections(count: number): Promise<readonly Socket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => connected(gateway.url)));
  const { server } = gateway.app.getHttpAdapter().getInstance();
  await eventually(
    () =>
      new Promise<boolean>((resolve, reject) =>
        server.getConnections((error, taken) => (error ? reject(error) : resolve(taken >= count))),
      ),
    30_000,
  );
  return sockets;
}

function connected(url: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTo(url);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The status of each answer, in the order in which they come. */
function answersOf(sockets: readonly Socket[]): readonly string[] {
  const order: string[] = [];
  for (const socket of sockets) socket.on('data', (data) => order.push(String(data).slice(9, 12)));
  return order;
}
