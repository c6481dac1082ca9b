import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { installedProgram } from './servers/process';
import { type Answer, Client, cookieOf, tokenCookiesOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

const path = '/api/login-ldap/';
let slapd: Slapd;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());
afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const roles = { LDAP_ROLES: '{"engineers":"admin"}', DJANGO_ADMIN_ROLE: 'admin' };
  const limits = { RATE_LIMIT_AUTH_MAX: '1000' };
  const base = { COMPAT: 'django', STRATEGIES: 'ldap', ...slapd.variables };
  gateway = await startGateway({ ...base, ...roles, ...limits, ...env });
  client = new Client(gateway.url);
}

function logIn(username: unknown, password: unknown, headers = {}): Promise<Answer> {
  return client.request(path, { method: 'POST', body: { username, password }, headers });
}

function post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return client.request(path, { method: 'POST', body, headers });
}

describe('the curl lines of the Django back end', () => {
  let jar: string;

  /** The real program, as its users run it. `%{http_code}` comes on a line of its own. */
  async function curl(...args: readonly string[]): Promise<string> {
    const silent = ['-sS', '--max-time', '20', '-w', '\n%{http_code}'];
    const { stdout } = await promisify(execFile)(installedProgram('/usr/bin/curl'), [...silent, ...args]);
    return stdout;
  }

  it('log in, stay logged in by the jar, and log out', async () => {
    await start();
    jar = join(temporaryFolder(), 'cookies.txt');
    const body = JSON.stringify({ username: 'alice', password: people.alice.password });
    const json = ['-H', 'Content-Type: application/json'];
    const login = await curl('-X', 'POST', gateway.url + path, ...json, '-d', body, '-c', jar);
    expect(login).toBe(
      '{"status":"ok","message":"Login exitoso","first_name":"Alice","last_name":"Ångström","full_name":"Alice Ångström","is_admin":true}\n200',
    );
    const kept = readFileSync(jar, 'utf8');
    expect(kept).toMatch(/^#HttpOnly_127\.0\.0\.1\tFALSE\t\/\tFALSE\t\d+\tsessionid\t[\w-]{44}$/m);
    expect(await curl(`${gateway.url}/api/session/`, '-b', jar, '-c', jar)).toBe(
      '{"status":"ok","username":"alice","email":"alice@example.org","first_name":"Alice","last_name":"Ångström","full_name":"Alice Ångström","is_admin":true}\n200',
    );
    const old = join(temporaryFolder(), 'old.txt');
    await curl(`${gateway.url}/api/session/`, '-b', jar, '-c', old);
    const closed = '{"status":"ok","message":"Sesión cerrada"}\n200';
    expect(await curl(`${gateway.url}/api/logout/`, '-b', jar, '-c', jar)).toBe(closed);
    expect(readFileSync(jar, 'utf8')).not.toContain('sessionid');
    expect(await curl(`${gateway.url}/api/session/`, '-b', old)).toBe(
      '{"status":"error","message":"No hay sesión activa"}\n401',
    );
    expect(await curl(`${gateway.url}/api/logout/`, '-b', old)).toBe(closed);
  });

  it('get the documented errors', async () => {
    await start();
    const url = gateway.url + path;
    const wrong = '{"username":"alice","password":"wrong"}';
    expect(await curl('-X', 'POST', url, '-d', wrong)).toBe(
      '{"status":"error","message":"Credenciales inválidas"}\n401',
    );
    expect(await curl('-X', 'POST', url, '-d', '{username')).toBe(
      '{"status":"error","message":"Formato JSON inválido"}\n400',
    );
    expect(await curl(url)).toBe(
      '{"status":"error","message":"Método no permitido. Se requiere POST."}\n405',
    );
    expect(await curl('-X', 'OPTIONS', url)).toBe('{"status":"ok"}\n200');
  });
});

describe('POST /api/login-ldap/', () => {
  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'garbage;;='])(
    'does not look at the Content-Type: %s',
    async (type) => {
      await start();
      const body = `\uFEFF${JSON.stringify({ username: 'alice', password: people.alice.password })}`;
      const answer = await post(body, { 'content-type': type });
      expect(answer.status).toBe(200);
      expect(tokenCookiesOf(answer)).toEqual([
        expect.stringMatching(/^sessionid=[\w-]{44}; HttpOnly; Max-Age=3600; Path=\/; SameSite=Lax$/),
      ]);
    },
  );

  it('is there without the slash too, and hands out no token of any sort', async () => {
    await start();
    const body = { username: 'bob', password: people.bob.password };
    const answer = await client.request('/api/login-ldap', { method: 'POST', body });
    expect(answer.body).toEqual({
      ...{ status: 'ok', message: 'Login exitoso', first_name: '', last_name: 'Boss', full_name: 'Boss' },
      is_admin: false,
    });
    expect(tokenCookiesOf(answer)).toHaveLength(1);
    expect(answer.text).not.toMatch(/eyJ|token/);
  });

  it.each(['', '[]', '"alice"', 'null', '{"username":"alice",}'])(
    'answers 400 to the body %p',
    async (body) => {
      await start();
      const answer = await post(body);
      expect([answer.status, answer.body]).toEqual([
        400,
        { status: 'error', message: 'Formato JSON inválido' },
      ]);
    },
  );

  it('refuses what is missing or odd like a wrong password', async () => {
    await start();
    const { password } = people.alice;
    const answers = [
      await post('{}'),
      await logIn('alice', undefined),
      await logIn(null, password),
      await logIn('alice', 1234),
      await logIn('', password),
      await logIn('   ', password),
      await logIn('alice', ''),
      await logIn(['alice'], password),
      await logIn('a'.repeat(257), password),
      await logIn('alice', 'a'.repeat(1025)),
      await logIn('*', password),
      await logIn('nobody', password),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.body]).toEqual([
        401,
        { status: 'error', message: 'Credenciales inválidas' },
      ]);
      expect(answer.setCookies).toEqual([]);
    }
  });

  it('tells the state of an account in the message of a 401, after the right password', async () => {
    await start();
    const expired = await logIn('expired', policyPeople.expired.password);
    expect([expired.status, expired.body]).toEqual([
      401,
      { status: 'error', message: 'La contraseña ha expirado' },
    ]);
    expect((await logIn('expired', 'wrong')).body['message']).toBe('Credenciales inválidas');
  });

  it('is 413 for a long body and Spanish whatever the client prefers', async () => {
    await start();
    const answer = await post('x'.repeat(20_000), {
      'accept-language': 'en',
      accept: 'application/problem+json',
    });
    expect([answer.status, answer.body]).toEqual([
      413,
      { status: 'error', message: 'El cuerpo de la petición es demasiado grande' },
    ]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('is 503 while the directory is down, never 401', async () => {
    await start();
    await slapd.stop();
    try {
      const answer = await logIn('alice', people.alice.password);
      expect([answer.status, answer.body]).toEqual([
        503,
        { status: 'error', message: 'El servicio de autenticación no está disponible' },
      ]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await slapd.start();
    }
  });

  it('shares the count of logins with the native API', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '3' });
    await client.login('alice', 'wrong');
    await logIn('alice', 'wrong');
    await post('no json');
    const answer = await logIn('alice', people.alice.password);
    expect([answer.status, answer.body]).toEqual([
      429,
      {
        status: 'error',
        message: 'Demasiados intentos de autenticación. Intenta de nuevo en 15 minutos.',
      },
    ]);
    expect(answer.headers.get('retry-after')).toBe('900');
    expect((await client.login('alice', people.alice.password)).status).toBe(429);
    expect((await client.request(path, { method: 'OPTIONS' })).status).toBe(200);
  });

  it('refuses pages of other sites, so that nobody is logged in by them under a strange name', async () => {
    await start({ ALLOWED_ORIGINS: 'https://app.example.org' });
    const from = (site: string, origin: string) =>
      logIn('alice', people.alice.password, { 'sec-fetch-site': site, origin });
    const refused = await from('cross-site', 'https://evil.example.net');
    expect([refused.status, refused.body, refused.setCookies]).toEqual([
      403,
      { status: 'error', message: 'No se permiten peticiones desde páginas de este origen' },
      [],
    ]);
    expect((await from('cross-site', 'https://app.example.org')).status).toBe(200);
    expect((await from('same-site', 'https://other.example.com')).status).toBe(403);
    expect((await from('same-origin', gateway.url)).status).toBe(200);
  });

  it('refuses them as well where a browser says nothing but the origin, as it does without TLS', async () => {
    await start({ ALLOWED_ORIGINS: 'https://app.example.org', TRUSTED_PROXIES: '127.0.0.1' });
    const from = async (origin: string, headers = {}): Promise<number> =>
      (await logIn('alice', people.alice.password, { origin, ...headers })).status;
    const { host } = new URL(gateway.url);
    const forwarded = { 'x-forwarded-host': 'sso.example.org:80' };
    for (const origin of ['http://evil.example.net', 'null', 'file://', `http://${host}1`, '//']) {
      expect([origin, await from(origin)]).toEqual([origin, 403]);
    }
    expect(await from('https://app.example.org')).toBe(200);
    expect(await from(`http://${host}`)).toBe(200);
    expect(await from('http://sso.example.org', forwarded)).toBe(200);
    expect(await from('http://evil.example.net', forwarded)).toBe(403);
  });

  it('answers a browser’s preflight, and a bare OPTIONS', async () => {
    await start({ ALLOWED_ORIGINS: 'https://app.example.org' });
    const preflight = { origin: 'https://app.example.org', 'access-control-request-method': 'POST' };
    const asked = await client.request(path, { method: 'OPTIONS', headers: preflight });
    expect([asked.status, asked.headers.get('access-control-allow-credentials')]).toEqual([200, 'true']);
    const bare = await client.request(path, { method: 'OPTIONS' });
    expect([bare.status, bare.body]).toEqual([200, { status: 'ok' }]);
    const logout = await client.request('/api/logout/', { method: 'OPTIONS' });
    expect([logout.status, logout.body]).toEqual([200, { status: 'ok', message: 'Sesión cerrada' }]);
    const before = await client.request('/api/logout/', { method: 'OPTIONS', headers: preflight });
    expect(before.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
  });

  it('writes its errors in its own form however the path is spelt', async () => {
    await start();
    const body = { username: 'alice', password: 'wrong' };
    const refused = await client.request('/api/%6Cogin-ldap/', { method: 'POST', body });
    expect([refused.status, refused.body]).toEqual([
      401,
      { status: 'error', message: 'Credenciales inválidas' },
    ]);
    const wrongMethod = await client.request('/api/%6Cogin-ldap/');
    expect([wrongMethod.status, wrongMethod.body]).toEqual([
      405,
      { status: 'error', message: 'Método no permitido. Se requiere POST.' },
    ]);
  });

  it('is not there unless COMPAT holds django', async () => {
    await start({ COMPAT: '' });
    const answer = await logIn('alice', people.alice.password);
    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
    const cookie = { cookie: 'sessionid=x' };
    expect((await client.request('/api/auth/me', { headers: cookie })).setCookies).toEqual([]);
  });

  it('writes no password and no cookie to the log', async () => {
    await start();
    const answer = await logIn('alice', people.alice.password);
    await client.request('/api/session/', { headers: { cookie: cookieOf(answer) } });
    await logIn('alice', 'canary-wrong');
    await post('{"username":"alice","password":"canary-broken"');
    const secrets = [people.alice.password, cookieOf(answer).slice('sessionid='.length), 'canary-'];
    for (const secret of secrets) expect(gateway.logs()).not.toContain(secret);
    expect(gateway.logs()).toContain('"door":"django"');
  });
});
