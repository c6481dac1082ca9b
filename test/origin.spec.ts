import { Client, cookieOf, type JsonObject, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

const app = 'https://app.example.org';
const capacitor = 'capacitor://localhost';
const evil = 'https://evil.example.net';
const form = 'application/x-www-form-urlencoded';

let gateway: RunningGateway;
let client: Client;

afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway({ ALLOWED_ORIGINS: `${app}, ${capacitor}`, ...env });
  client = new Client(gateway.url);
}

type Headers = Readonly<Record<string, string>>;

/** Headers that a browser sends from the page of another site, over HTTPS. */
const foreign: Headers = { origin: evil, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };

const doors: readonly [string, string, string?][] = [
  ['POST', '/api/auth/login', '{"usuario":"demo","contrasenia":"x"}'],
  ['POST', '/api/auth/refresh'],
  ['POST', '/api/auth/logout'],
  ['POST', '/api/auth/password', '{}'],
  ['DELETE', '/api/auth/sessions'],
  ['DELETE', '/api/auth/sessions/x'],
  ['DELETE', '/api/admin/sessions'],
  ['POST', '/api/nowhere', '{}'],
  ['PUT', '/api/auth/login', '{}'],
  ['PATCH', '/api/auth/me', '{}'],
];

describe('a request that a browser sends from a page of another origin', () => {
  it('is refused at every door of the native API, and where there is none', async () => {
    await start();
    for (const [method, path, body] of doors) {
      const headers = { ...foreign, 'content-type': 'text/plain' };
      const answer = await client.request(path, { method, headers, body });
      expect([method, path, answer.status, answer.body]).toEqual([
        ...[method, path, 403],
        {
          status: 'error',
          code: 'ORIGIN_NOT_ALLOWED',
          message: 'No se permiten peticiones desde páginas de este origen',
          requestId: answer.headers.get('x-request-id'),
        },
      ]);
      expect(answer.setCookies).toEqual([]);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
    }
  });

  it('is refused as a problem where the client prefers one, and in English', async () => {
    await start();
    const headers = { ...foreign, accept: 'application/problem+json', 'accept-language': 'en' };
    const answer = await client.request('/api/auth/refresh', { method: 'POST', headers });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    expect(answer.body['detail']).toBe('Requests from pages of this origin are not allowed');
  });

  const dialects: readonly [string, string, number, JsonObject][] = [
    ['/oidc/token', form, 403, { error: 'access_denied' }],
    ['/oidc/token/revocation', form, 403, { error: 'access_denied' }],
    ['/oidc/token/introspection', form, 403, { error: 'access_denied' }],
    ['/oidc/me', form, 403, { error: 'access_denied' }],
    ['/api/login-ldap/', 'text/plain', 403, { status: 'error' }],
    ['/api/logout/', 'text/plain', 403, { status: 'error' }],
    ['/directory/v1/authenticate', 'text/plain', 403, { resultCode: { value: 50 } }],
    ['/api/v3/signin', 'text/plain', 200, { statusCode: 403 }],
    ['/api/v3/update-password', 'text/plain', 200, { statusCode: 403 }],
  ];
  it('is refused at every other door in its own form', async () => {
    await start({ COMPAT: 'django,ping-directory,genauth' });
    for (const [path, type, status, body] of dialects) {
      const headers = { ...foreign, 'content-type': type };
      const answer = await client.request(path, { method: 'POST', headers, body: 'a=b' });
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.body).toMatchObject(body);
      expect(answer.text).toMatch(/this origin|este origen/);
      expect(answer.headers.get('x-request-id')).not.toBeNull();
    }
  });

  it('is neither read nor counted', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '2', RATE_LIMIT_MAX: '2' });
    const tooLong = { usuario: 'demo', contrasenia: 'x', filler: 'x'.repeat(20_000) };
    for (const body of [tooLong, '{broken', tooLong, { usuario: 'demo', contrasenia: 'wrong' }]) {
      const answer = await client.request('/api/auth/login', { method: 'POST', headers: foreign, body });
      expect([answer.status, answer.headers.get('ratelimit-remaining')]).toEqual([403, null]);
    }
    expect((await client.login('demo', gateway.demoPassword)).status).toBe(200);
  });

  it('changes no session, whatever it carries', async () => {
    await start();
    const login = await client.login('demo', gateway.demoPassword);
    const cookie = cookieOf(login);
    const authorization = `Bearer ${textOf(login.data, 'access_token')}`;
    for (const path of ['/api/auth/refresh', '/api/auth/logout']) {
      const headers = { ...foreign, cookie, authorization };
      expect((await client.request(path, { method: 'POST', headers })).status).toBe(403);
    }
    const ended = { method: 'DELETE', headers: { ...foreign, authorization } };
    expect((await client.request('/api/auth/sessions', ended)).status).toBe(403);
    expect((await client.refresh(cookie)).status).toBe(200);
  });

  it('is a warning in the log once in a minute, and each time at debug', async () => {
    await start();
    const refuse = () => client.request('/api/auth/refresh', { method: 'POST', headers: foreign });
    const warnings = () => gateway.logs().split('"msg":"browser requests refused"').length - 1;
    for (let n = 0; n < 5; n++) await refuse();
    expect(warnings()).toBe(1);
    expect(gateway.logs()).toContain(`a page of ${evil} (Sec-Fetch-Site: cross-site)`);
    expect(gateway.logs().split('"code":"ORIGIN_NOT_ALLOWED"').length - 1).toBe(5);
    gateway.clock.advance(60_000);
    await refuse();
    expect(warnings()).toBe(2);
    expect(gateway.logs()).toContain('"refused":5');
  });
});

/** The status of a refresh without a cookie: 401 where it went on, 403 where it was refused. */
async function statusFor(headers: Headers): Promise<number> {
  return (await client.request('/api/auth/refresh', { method: 'POST', headers })).status;
}

describe('who is let through', () => {
  const own = (): Headers => ({ origin: gateway.url, host: new URL(gateway.url).host });
  const cases: readonly [string, () => Headers, number][] = [
    ['a client that is no browser', () => ({}), 401],
    ['a page of the own origin', () => ({ ...own(), 'sec-fetch-site': 'same-origin' }), 401],
    ['the person at the address bar', () => ({ 'sec-fetch-site': 'none' }), 401],
    ['a page of a listed origin', () => ({ ...foreign, origin: app }), 401],
    ['an app that brings its pages along', () => ({ ...foreign, origin: capacitor }), 401],
    ['a sibling host', () => ({ ...foreign, 'sec-fetch-site': 'same-site' }), 403],
    ['a sibling host that is listed', () => ({ 'sec-fetch-site': 'same-site', origin: app }), 401],
    ['an opaque origin', () => ({ origin: 'null', 'sec-fetch-site': 'cross-site' }), 403],
    ['a form without an Origin', () => ({ 'sec-fetch-site': 'cross-site' }), 403],
    ['a value of Fetch Metadata that nobody knows', () => ({ 'sec-fetch-site': 'nearby' }), 403],
    ['the own origin where there is no Fetch Metadata', own, 401],
    ['a foreign origin where there is none', () => ({ origin: evil }), 403],
    ['a file where there is none', () => ({ origin: 'null' }), 403],
    ['an Origin that is none', () => ({ origin: 'file://' }), 403],
    ['another port of the own host', () => ({ origin: `${gateway.url}1` }), 403],
    ['a listed origin where there is none', () => ({ origin: app }), 401],
    ['a listed origin spelt otherwise', () => ({ origin: `${app}.` }), 403],
  ];
  it('is told by Fetch Metadata, and by Origin where there is none', async () => {
    await start();
    for (const [who, headers, status] of cases) {
      expect([who, await statusFor(headers())]).toEqual([who, status]);
    }
  });

  it('reading is for everybody, as far as CORS shows it', async () => {
    await start();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect((await client.request('/api/auth/me', { method, headers: foreign })).status).not.toBe(403);
    }
  });
});

describe('behind a proxy that changes Host', () => {
  const forwarded = { 'x-forwarded-host': 'sso.example.org', 'x-forwarded-proto': 'https' };

  it('the name that a trusted one forwards counts', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1' });
    expect(await statusFor({ ...forwarded, origin: 'https://sso.example.org' })).toBe(401);
    expect(await statusFor({ ...forwarded, origin: evil })).toBe(403);
    expect(await statusFor({ ...forwarded, origin: 'null' })).toBe(403);
    expect(await statusFor({ ...forwarded, origin: 'https://sso.example.org:8443' })).toBe(403);
    // What the browser itself says goes before every name.
    const crossSite = { ...foreign, origin: 'https://sso.example.org' };
    expect(await statusFor({ ...forwarded, ...crossSite })).toBe(403);
  });

  it('the name that anybody else writes there does not', async () => {
    await start({ TRUSTED_PROXIES: '10.0.0.0/8' });
    expect(await statusFor({ 'x-forwarded-host': 'evil.example.net', origin: evil })).toBe(403);
  });

  it('one that forwards no name needs none where browsers say what is the same origin', async () => {
    await start();
    expect(await statusFor({ origin: 'https://sso.example.org', 'sec-fetch-site': 'same-origin' })).toBe(401);
  });
});

describe('logouts that other origins may cause', () => {
  it('an application sends its logout form from its own origin, with an ID token as proof', async () => {
    await start({ COMPAT: 'genauth' });
    const answer = await client.request('/oidc/session/end', {
      method: 'POST',
      headers: { ...foreign, 'content-type': form },
      body: 'id_token_hint=x',
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
  });

  it('no page can hide a GET of the Django logout; a link is one', async () => {
    await start({ COMPAT: 'django' });
    const asked = async (headers: Headers) => (await client.request('/api/logout/', { headers })).status;
    expect(await asked({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' })).toBe(403);
    expect(await asked({ 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'iframe' })).toBe(403);
    expect(await asked({ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' })).toBe(200);
    expect(await asked({ ...foreign, origin: app, 'sec-fetch-dest': 'empty' })).toBe(200);
    expect(await asked({ 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' })).toBe(200);
    expect(await asked({})).toBe(200);
  });
});
