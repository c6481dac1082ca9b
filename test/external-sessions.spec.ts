import type { Behaviour } from './servers/upstream';
import { startUpstream, type Upstream } from './servers/upstream';
import { type Answer, Client, cookieOf, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

const password = 'contraseña de maría';
const profilePath = { EXTERNAL_AUTH_PROFILE_PATH: '/api/users/{subject}' };

let upstream: Upstream;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());
afterEach(async () => {
  upstream.behave();
  await gateway.stop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway({
    STRATEGIES: 'external',
    EXTERNAL_AUTH_URL: upstream.url,
    // Whatever keys the service publishes: these tests are about something else.
    EXTERNAL_AUTH_CLAIMS: 'trusted',
    EXTERNAL_AUTH_TIMEOUT_MS: '5000',
    IDENTITY_MAX_AGE_SECONDS: '300',
    ...env,
  });
  client = new Client(gateway.url);
}

const answering = (status: number, body: object, headers?: Record<string, string>): Behaviour => ({
  kind: 'answer',
  status,
  body: JSON.stringify(body),
  headers,
});

function claimsOf(answer: Answer): Readonly<Record<string, unknown>> {
  const [, payload = ''] = textOf(answer.data, 'access_token').split('.');
  return objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString()));
}

function loginLines(): readonly unknown[] {
  const lines = gateway.logs().split('\n').filter(Boolean);
  return lines.map((line): unknown => JSON.parse(line)).filter((line) => objectOf(line)['event'] === 'login');
}

describe('a service that has had too many requests', () => {
  it('is heard through the gateway: 429, when to come back, and the text for it', async () => {
    await start({ AUDIT_NAMES: 'plain' });
    upstream.behave(answering(429, {}, { 'retry-after': '90' }));
    const answer = await client.login('maria', password);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('90');
    expect(answer.body).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      message: 'Demasiados intentos de autenticación. Intenta de nuevo en 2 minutos.',
    });
    expect(loginLines()).toMatchObject([
      { outcome: 'unavailable', username: 'maria', reason: 'external', door: 'native' },
    ]);
    upstream.behave();
    expect((await client.login('maria', password)).status).toBe(200);
  });

  it('need not say when to come back', async () => {
    await start({ AUDIT_NAMES: 'plain' });
    upstream.behave(answering(429, {}));
    const answer = await client.login('maria', password);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '60']);
    expect(answer.body['message']).toContain('en 1 minutos');
  });
});

describe('a session of somebody whom the service can read again', () => {
  const later = () => gateway.clock.advance(301_000);

  async function loggedIn(): Promise<Answer> {
    const login = await client.login('maria', password);
    expect(login.status).toBe(200);
    expect(objectOf(login.data['user'])).toMatchObject({ sub: 'external:1042', roles: ['juez'] });
    return login;
  }

  it('sees what has changed after IDENTITY_MAX_AGE_SECONDS, and asks no sooner', async () => {
    await start({ ...profilePath, EXTERNAL_AUTH_EMAIL: '/correo' });
    const login = await loggedIn();
    const asked = upstream.requests.length;
    upstream.behave(answering(200, { correo: 'nueva@example.org' }));
    const early = await client.refresh(cookieOf(login));
    expect(upstream.requests).toHaveLength(asked);
    later();
    const refreshed = await client.refresh(cookieOf(early));
    expect(upstream.requests.slice(asked)).toMatchObject([{ method: 'GET', url: '/api/users/1042' }]);
    expect(claimsOf(refreshed)).toMatchObject({
      sub: 'external:1042',
      email: 'nueva@example.org',
      roles: ['juez'],
    });
  });

  it('loses the roles that the profile no longer has', async () => {
    const users = [
      { usuario: 'ana', contrasenia: password, claims: { sub: '7' }, data: { roles: ['juez'] } },
    ];
    const own = await startUpstream({ users });
    try {
      await start({ ...profilePath, EXTERNAL_AUTH_URL: own.url, EXTERNAL_AUTH_ROLES: '/data/roles' });
      const login = await client.login('ana', password);
      expect(claimsOf(login)['roles']).toEqual(['juez']);
      own.behave(answering(200, { data: { roles: ['secretario'] } }));
      later();
      const changed = await client.refresh(cookieOf(login));
      expect(claimsOf(changed)['roles']).toEqual(['secretario']);
      own.behave(answering(200, { data: {} }));
      later();
      const me = await client.me(textOf((await client.refresh(cookieOf(changed))).data, 'access_token'));
      expect(objectOf(me.data['user'])['roles']).toEqual([]);
    } finally {
      await own.stop();
    }
  });

  it.each<[string, Behaviour]>([
    ['404', answering(404, {})],
    ['success:false', answering(200, { success: false })],
  ])('ends with %s', async (_case, behaviour) => {
    await start(profilePath);
    const login = await loggedIn();
    upstream.behave(behaviour);
    later();
    expect((await client.refresh(cookieOf(login))).body['code']).toBe('REFRESH_TOKEN_INVALID');
    upstream.behave(answering(200, {}));
    expect((await client.refresh(cookieOf(login))).body['code']).toBe('REFRESH_TOKEN_INVALID');
  });

  it.each<[string, Behaviour]>([
    ['an outage', { kind: 'reset' }],
    ['a refused credential of our own', answering(401, {})],
    ['429', answering(429, {})],
  ])('goes on stale through %s, but not for ever', async (_case, behaviour) => {
    await start(profilePath);
    const login = await loggedIn();
    upstream.behave(behaviour);
    later();
    const stale = await client.refresh(cookieOf(login));
    expect(claimsOf(stale)).toMatchObject({ identity_stale: true, roles: ['juez'] });
    gateway.clock.advance(3_600_000);
    expect((await client.refresh(cookieOf(stale))).status).toBe(503);
    upstream.behave(answering(200, {}));
    const fresh = await client.refresh(cookieOf(stale));
    expect(claimsOf(fresh)).not.toHaveProperty('identity_stale');
  });
});

describe('a session of somebody whom the service cannot read again', () => {
  it('ends absolutely after REFRESH_TOKEN_TTL_SECONDS, however often it is refreshed', async () => {
    await start({ REFRESH_TOKEN_TTL_SECONDS: '7200' });
    let cookie = cookieOf(await client.login('maria', password));
    for (let part = 1; part < 4; part++) {
      gateway.clock.advance(1_800_000);
      cookie = cookieOf(await client.refresh(cookie));
    }
    gateway.clock.advance(1_800_000);
    expect((await client.refresh(cookie)).body['code']).toBe('REFRESH_TOKEN_EXPIRED');
  });

  it('goes on past that where the service can', async () => {
    await start({ ...profilePath, REFRESH_TOKEN_TTL_SECONDS: '7200' });
    const login = await client.login('maria', password);
    upstream.behave(answering(200, {}));
    let cookie = cookieOf(login);
    for (let part = 1; part < 5; part++) {
      gateway.clock.advance(1_800_000);
      const refreshed = await client.refresh(cookie);
      expect(refreshed.status).toBe(200);
      cookie = cookieOf(refreshed);
    }
  });
});
