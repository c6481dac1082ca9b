import { Store, StoreUnavailable } from '../src/stores/store';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { type Answer, Client, cookieOf, type JsonObject, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

const second = 1000;
let slapd: Slapd;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());
beforeEach(() => start());
afterEach(() => jest.restoreAllMocks());
afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const limits = { RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' };
  const admins = { LDAP_ROLES: '{"managers":"operator"}', ADMIN_ROLE: 'operator' };
  const base = { COMPAT: 'django', STRATEGIES: 'ldap', ...slapd.variables };
  gateway = await startGateway({ ...base, ...limits, ...admins, ...env });
  client = new Client(gateway.url);
}

async function restart(env: Readonly<Record<string, string>>): Promise<void> {
  await gateway.stop();
  await start(env);
}

/** Logs in by the Django door and gives the `Cookie` header of later requests. */
async function enter(username: 'alice' | 'bob' = 'alice', headers = {}): Promise<string> {
  const body = { username, password: people[username].password };
  const answer = await client.request('/api/login-ldap/', { method: 'POST', body, headers });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

function ask(cookie: string, path = '/api/session/', method = 'GET'): Promise<Answer> {
  return client.request(path, { method, headers: { cookie } });
}

async function isAlive(cookie: string): Promise<boolean> {
  return (await ask(cookie)).status === 200;
}

async function tokenOf(username: 'alice' | 'bob'): Promise<string> {
  return textOf((await client.login(username, people[username].password)).data, 'access_token');
}

function asBearer(token: string, path: string, method = 'GET'): Promise<Answer> {
  return client.request(path, { method, headers: { authorization: `Bearer ${token}` } });
}

function audited(event: string): JsonObject[] {
  const lines = gateway.logs().trim().split('\n');
  return lines.map((line) => objectOf(JSON.parse(line))).filter((line) => line['event'] === event);
}

async function changeAlice(changes: string): Promise<void> {
  await slapd.modify(`dn: ${people.alice.dn}\nchangetype: modify\n${changes}\n`);
}

describe('the session of the cookie', () => {
  it('slides: it lives 3600 s after its last request, and no longer', async () => {
    const cookie = await enter();
    for (let request = 1; request <= 3; request++) {
      gateway.clock.advance(3599 * second);
      const answer = await ask(cookie);
      expect(answer.status).toBe(200);
      expect(answer.setCookies).toEqual([`${cookie}; HttpOnly; Max-Age=3600; Path=/; SameSite=Lax`]);
    }
    gateway.clock.advance(3601 * second);
    const dead = await ask(cookie);
    expect([dead.status, dead.body]).toEqual([401, { status: 'error', message: 'No hay sesión activa' }]);
    expect(dead.setCookies).toEqual(['sessionid=; HttpOnly; Max-Age=0; Path=/; SameSite=Lax']);
    expect(dead.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('lets a proxy that asks /api/auth/verify pass without any question to the directory', async () => {
    const cookie = await enter();
    await slapd.stop();
    try {
      gateway.clock.advance(3599 * second);
      expect((await ask(cookie, '/api/auth/verify')).status).toBe(200);
      expect(gateway.logs()).not.toContain('may be stale');
      gateway.clock.advance(2 * second);
      expect((await ask(cookie, '/api/auth/verify')).status).toBe(503);
    } finally {
      await slapd.start();
    }
  });

  it('lets a proxy that asks /api/auth/verify pass, and leads on there too', async () => {
    const cookie = await enter();
    for (let request = 1; request <= 2; request++) {
      gateway.clock.advance(3000 * second);
      const answer = await ask(cookie, '/api/auth/verify');
      expect([answer.status, answer.headers.get('remote-user')]).toEqual([200, 'alice']);
    }
    await ask(cookie, '/api/logout/');
    expect((await ask(cookie, '/api/auth/verify')).status).toBe(401);
  });

  it('is led on by /api/auth/me as well', async () => {
    const cookie = await enter();
    gateway.clock.advance(3599 * second);
    const me = await ask(cookie, '/api/auth/me');
    expect([me.status, objectOf(me.data['user'])['username']]).toEqual([200, 'alice']);
    expect(me.setCookies[0]).toContain('Max-Age=3600');
    gateway.clock.advance(3599 * second);
    expect(await isAlive(cookie)).toBe(true);
    gateway.clock.advance(3601 * second);
    const dead = await ask(cookie, '/api/auth/me');
    expect([dead.status, dead.body['code']]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('lives as long as DJANGO_SESSION_SECONDS says, and never past its absolute end', async () => {
    await restart({ DJANGO_SESSION_SECONDS: '600', REFRESH_ABSOLUTE_TTL_SECONDS: '1000' });
    const cookie = await enter();
    gateway.clock.advance(599 * second);
    expect((await ask(cookie)).setCookies[0]).toContain('Max-Age=401');
    gateway.clock.advance(402 * second);
    expect(await isAlive(cookie)).toBe(false);
  });

  it('ends by a logout of any method, also without the slash, and the old cookie is dead', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD']) {
      const cookie = await enter();
      const answer = await ask(cookie, method === 'PUT' ? '/api/logout' : '/api/logout/', method);
      expect(answer.status).toBe(200);
      expect(answer.setCookies).toEqual(['sessionid=; HttpOnly; Max-Age=0; Path=/; SameSite=Lax']);
      expect(await isAlive(cookie)).toBe(false);
    }
    expect(audited('logout').map(({ door, username }) => [door, username])).toEqual(
      Array.from({ length: 6 }, () => ['django', 'alice']),
    );
  });

  it('needs no session to log out, and a forged cookie ends nobody’s', async () => {
    const cookie = await enter();
    const forged = `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`;
    for (const sent of ['', 'sessionid=', 'sessionid=x', forged]) {
      const answer = await ask(sent, '/api/logout/');
      expect([answer.status, answer.body]).toEqual([200, { status: 'ok', message: 'Sesión cerrada' }]);
    }
    const posted = await client.request('/api/logout/', { method: 'POST', body: '{broken' });
    expect(posted.status).toBe(200);
    expect(await isAlive(cookie)).toBe(true);
  });

  it('is ended by the next login that brings its cookie, not by a refused one', async () => {
    const first = await enter();
    const body = { username: 'alice', password: 'wrong' };
    await client.request('/api/login-ldap/', { method: 'POST', body, headers: { cookie: first } });
    expect(await isAlive(first)).toBe(true);
    const second = await enter('bob', { cookie: first });
    expect(second).not.toBe(first);
    expect([await isAlive(first), await isAlive(second)]).toEqual([false, true]);
  });

  it('leaves its place to the login that brings its cookie, so that no other device loses one', async () => {
    await restart({ SESSIONS_MAX_PER_PERSON: '2' });
    const other = await enter();
    gateway.clock.advance(second);
    const first = await enter();
    gateway.clock.advance(second);
    const next = await enter('alice', { cookie: first });
    expect([await isAlive(other), await isAlive(first), await isAlive(next)]).toEqual([true, false, true]);
    const third = await enter();
    expect([await isAlive(other), await isAlive(next), await isAlive(third)]).toEqual([false, true, true]);
  });

  it('goes to the client although the session of the old cookie could not be ended', async () => {
    const first = await enter();
    const store = gateway.app.get<Store>(Store, { strict: false });
    jest.spyOn(store, 'delete').mockRejectedValueOnce(new StoreUnavailable('the disk is full'));
    const second = await enter('alice', { cookie: first });
    expect(await isAlive(second)).toBe(true);
    expect(gateway.logs()).toContain('could not be ended at a login');
    expect(gateway.logs()).toContain('the disk is full');
  });

  it('is found behind the cookie of another application, and ended there too', async () => {
    const [first, second] = [await enter(), await enter('bob')];
    const other = 'sessionid=of-another-application';
    const me = await ask(`${other}; ${first}`, '/api/auth/me');
    expect([me.status, me.setCookies[0]?.split(';')[0]]).toEqual([200, first]);
    expect((await ask(`${other}; x=y;sessionid=;${first}`)).body['username']).toBe('alice');
    expect((await ask(`${other}; ${first};${second}`, '/api/logout/')).status).toBe(200);
    expect([await isAlive(first), await isAlive(second)]).toEqual([false, false]);
    const [third, fourth] = [await enter(), await enter()];
    await enter('bob', { cookie: `${other}; ${third}; ${fourth}` });
    expect([await isAlive(third), await isAlive(fourth)]).toEqual([false, false]);
  });

  it('opens nothing that changes something, and a cookie of another application is let alone', async () => {
    const cookie = await enter();
    for (const [path, method] of [
      ['/api/auth/sessions', 'GET'],
      ['/api/auth/sessions', 'DELETE'],
      ['/api/admin/sessions?user=alice', 'DELETE'],
    ] as const) {
      expect((await ask(cookie, path, method)).status).toBe(401);
    }
    const refresh = await ask(cookie, '/api/auth/refresh', 'POST');
    expect([refresh.status, refresh.body['code']]).toEqual([401, 'NO_REFRESH_COOKIE']);
    const strange = await ask('sessionid=of-another-application', '/api/auth/me');
    expect([strange.status, strange.setCookies]).toEqual([401, []]);
  });

  it('gives way to a Bearer token', async () => {
    const cookie = await enter('alice');
    const headers = { cookie, authorization: `Bearer ${await tokenOf('bob')}` };
    const me = await client.request('/api/auth/me', { headers });
    expect([objectOf(me.data['user'])['username'], me.setCookies]).toEqual(['bob', []]);
  });
});

describe('the session of the cookie among all sessions', () => {
  it('is listed in the native API and ended there', async () => {
    const cookie = await enter('alice', { 'user-agent': 'django-client' });
    const id = textOf(objectOf((await ask(cookie, '/api/auth/me')).data['session']), 'id');
    const token = await tokenOf('alice');
    const list = await asBearer(token, '/api/auth/sessions');
    expect(list.text).toContain(`"id":"${id}"`);
    expect(list.text).toContain('django-client');
    expect((await asBearer(token, `/api/auth/sessions/${id}`, 'DELETE')).status).toBe(200);
    expect(await isAlive(cookie)).toBe(false);
    expect((await client.me(token)).status).toBe(200);
  });

  it('is ended by an administrator', async () => {
    const cookie = await enter('alice');
    const ended = await asBearer(await tokenOf('bob'), '/api/admin/sessions?user=alice', 'DELETE');
    expect(Number(ended.data['ended'])).toBeGreaterThan(0);
    expect(await isAlive(cookie)).toBe(false);
  });

  it('goes on after a restart', async () => {
    const cookie = await enter();
    await restart({ DATA_DIR: gateway.dataDir });
    expect(await isAlive(cookie)).toBe(true);
  });
});

describe('what the directory says later', () => {
  it('is taken over on the next login', async () => {
    await enter();
    await changeAlice('replace: givenName\ngivenName: Alicia\n-\nreplace: mail\nmail: alicia@example.org');
    try {
      const cookie = await enter();
      expect((await ask(cookie)).body).toMatchObject({
        first_name: 'Alicia',
        full_name: 'Alicia Ångström',
        email: 'alicia@example.org',
      });
    } finally {
      await changeAlice('replace: givenName\ngivenName: Alice\n-\nreplace: mail\nmail: alice@example.org');
    }
  });

  it('ends the session of somebody who was disabled, with a line in the audit trail', async () => {
    const cookie = await enter();
    await changeAlice('replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z');
    try {
      expect(await isAlive(cookie)).toBe(true);
      gateway.clock.advance(301 * second);
      const answer = await client.request('/api/session/', {
        headers: { cookie, 'x-request-id': 'after-the-lock' },
      });
      expect(answer.status).toBe(401);
      expect(audited('session_end')).toMatchObject([
        { door: 'session-cookie', requestId: 'after-the-lock', username: 'alice', address: '127.0.0.1' },
      ]);
    } finally {
      await changeAlice('delete: pwdAccountLockedTime');
    }
    expect(await isAlive(cookie)).toBe(false);
  });

  it('is waited for in an outage: the session goes on, and is 503 once too much time has passed', async () => {
    await restart({ IDENTITY_STALE_SECONDS: '900' });
    const cookie = await enter();
    await slapd.stop();
    try {
      gateway.clock.advance(600 * second);
      expect(await isAlive(cookie)).toBe(true);
      gateway.clock.advance(600 * second);
      const answer = await ask(cookie);
      expect([answer.status, answer.setCookies]).toEqual([503, []]);
    } finally {
      await slapd.start();
    }
  });
});
