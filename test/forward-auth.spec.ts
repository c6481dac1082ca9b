import { objectOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { pageCookie } from './support/page-session';
import { type PlainAnswer, plainRequest } from './support/plain-request';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

const issuer = 'https://id.example.org';
const wiki = 'https://wiki.example.org';
const login = `${issuer}/login`;
const env = { JWT_ISSUER: issuer, RETURN_ORIGINS: wiki, TRUSTED_PROXIES: '127.0.0.1' };
const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' };
const call = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'application/json' };

type Sent = Readonly<Record<string, string>>;

async function start(more: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway({ ...env, ...more });
}

function ask(path: string, headers: Sent, method = 'GET'): Promise<PlainAnswer> {
  return plainRequest(gateway.url + path, { method, headers });
}

const returning = (address: string) => `${login}?return_to=${encodeURIComponent(address)}`;
const codeOf = ({ text }: PlainAnswer) => objectOf(JSON.parse(text))['code'];
const outcomeOf = ({ status, headers }: PlainAnswer) => [status, headers.location];

/** What Traefik's ForwardAuth and Caddy's forward_auth send: a GET with all headers of the client, and these. */
const forwarded = (path: string, method = 'GET'): Sent => ({
  ...{ 'x-forwarded-method': method, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'wiki.example.org' },
  ...{ 'x-forwarded-uri': path, 'x-forwarded-for': '192.0.2.7' },
});

describe('a proxy that sends X-Forwarded-Uri', () => {
  it('gets the login page for somebody who goes to a page, and 401 for all else', async () => {
    await start();
    const page = { ...forwarded('/a?b=c&d=%2F'), ...navigation };
    const sent = await ask('/api/auth/verify', page);
    expect(outcomeOf(sent)).toEqual([302, returning(`${wiki}/a?b=c&d=%2F`)]);
    expect([sent.text, sent.headers['cache-control']]).toEqual(['', 'no-store']);
    expect(outcomeOf(await ask('/api/auth/verify', page, 'HEAD'))).toEqual(outcomeOf(sent));
    const refused = await ask('/api/auth/verify', { ...forwarded('/a'), ...call });
    expect([...outcomeOf(refused), codeOf(refused)]).toEqual([401, undefined, 'UNAUTHORIZED']);
    const form = await ask('/api/auth/verify', { ...forwarded('/a', 'POST'), ...navigation });
    expect(outcomeOf(form)).toEqual([401, undefined]);
  });

  it('is not believed unless it is in TRUSTED_PROXIES', async () => {
    await start({ TRUSTED_PROXIES: '10.0.0.1' });
    const sent = await ask('/api/auth/verify', { ...forwarded('/a'), ...navigation });
    expect([...outcomeOf(sent), sent.headers['x-auth-redirect']]).toEqual([401, undefined, undefined]);
  });

  it('gets the login page alone for an address to which a login may not lead', async () => {
    await start({ RETURN_ORIGINS: '' });
    expect(outcomeOf(await ask('/api/auth/verify', { ...forwarded('/a'), ...navigation }))).toEqual([
      302,
      login,
    ]);
    const evil = { ...forwarded('/a'), 'x-forwarded-host': 'id.example.org@evil.example' };
    expect(outcomeOf(await ask('/api/auth/verify', { ...evil, ...navigation }))).toEqual([302, login]);
  });

  it('gets no redirect where there are no pages, or none with a known address', async () => {
    await start({ PAGES: 'false' });
    expect(outcomeOf(await ask('/api/auth/verify', { ...forwarded('/a'), ...navigation }))).toEqual([
      401,
      undefined,
    ]);
    await gateway.stop();
    await start({ JWT_ISSUER: 'gatehouse' });
    expect(outcomeOf(await ask('/api/auth/verify', { ...forwarded('/a'), ...navigation }))).toEqual([
      401,
      undefined,
    ]);
  });

  it('gets the person for a session of the pages, and a page or JSON for a missing role', async () => {
    await start();
    const cookie = await pageCookie(gateway);
    const page = { ...forwarded('/a'), ...navigation, cookie };
    const passed = await ask('/api/auth/verify', page);
    expect([passed.status, passed.headers['remote-user']]).toEqual([200, 'demo']);
    const denied = await ask('/api/auth/verify?role=nobody', { ...page, 'accept-language': 'en' });
    expect([denied.status, denied.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(denied.text).toContain('<html lang="en">');
    expect(denied.headers['content-security-policy']).toContain("default-src 'none'");
    const api = await ask('/api/auth/verify?role=nobody', { ...forwarded('/a'), ...call, cookie });
    expect([api.status, codeOf(api)]).toEqual([403, 'FORBIDDEN']);
  });

  it('gets the cookie renewed once a quarter of its life has passed, and in no answer between', async () => {
    await start({ REFRESH_TOKEN_TTL_SECONDS: '4000' });
    const cookie = await pageCookie(gateway);
    const renewed = async () =>
      (await ask('/api/auth/verify', { ...forwarded('/a'), ...call, cookie })).headers['set-cookie'];
    const quarterMs = 1_000_000;
    gateway.clock.advance(quarterMs - 1000);
    expect(await renewed()).toBeUndefined();
    gateway.clock.advance(1000);
    expect(await renewed()).toEqual([expect.stringMatching(/^gatehouse_session=.+; Max-Age=4000/)]);
    gateway.clock.advance(1000);
    expect(await renewed()).toBeUndefined();
    for (let use = 0; use < 8; use++) {
      gateway.clock.advance(2 * quarterMs);
      expect(await renewed()).toHaveLength(1);
    }
  });

  it('clears the cookie of an ended session for nobody but who goes to a page', async () => {
    await start();
    const cookie = await pageCookie(gateway);
    await ask('/api/auth/logout', { cookie }, 'POST');
    for (const headers of [call, { ...navigation, 'sec-fetch-dest': 'image' }]) {
      const refused = await ask('/api/auth/verify', { ...forwarded('/a'), ...headers, cookie });
      expect([refused.status, refused.headers['set-cookie']]).toEqual([401, undefined]);
    }
    const sent = await ask('/api/auth/verify?redirect=never', {
      ...forwarded('/a'),
      ...navigation,
      cookie,
    });
    expect([sent.status, sent.headers['set-cookie']]).toEqual([401, [expect.stringContaining('Max-Age=0')]]);
  });

  it('sends somebody to the login page whose session has ended, without its cookie', async () => {
    await start();
    const cookie = await pageCookie(gateway);
    await ask('/api/auth/logout', { cookie }, 'POST');
    const sent = await ask('/api/auth/verify', { ...forwarded('/a'), ...navigation, cookie });
    expect(outcomeOf(sent)).toEqual([302, returning(`${wiki}/a`)]);
    expect(sent.headers['set-cookie']?.[0]).toMatch(/^gatehouse_session=; .*Max-Age=0/);
  });
});

describe('the login page, for somebody who is logged in', () => {
  const open = async (target: string, language = 'en') => {
    const cookie = await pageCookie(gateway);
    const path = `/login?return_to=${encodeURIComponent(target)}`;
    return ask(path, { ...navigation, host: 'id.example.org', cookie, 'accept-language': language });
  };

  it('says so instead of sending them to and fro, where the application cannot see the session', async () => {
    await start();
    const english = await open(`${wiki}/a`);
    expect([english.status, english.headers.location]).toEqual([200, undefined]);
    expect(english.text).toContain('the application that you came from cannot see it');
    expect((await open(`${wiki}/a`, 'es')).text).toContain('Ya has iniciado sesión');
  });

  it('leads back where the session is seen, and to pages that ask the gateway themselves', async () => {
    await start({ COOKIE_DOMAIN: 'example.org' });
    expect(outcomeOf(await open(`${wiki}/a`))).toEqual([303, `${wiki}/a`]);
    await gateway.stop();
    await start({ ALLOWED_ORIGINS: wiki });
    expect(outcomeOf(await open(`${wiki}/a`))).toEqual([303, `${wiki}/a`]);
    expect(outcomeOf(await open(`${issuer}/account`))).toEqual([303, `${issuer}/account`]);
  });
});

describe('a proxy that takes no redirect', () => {
  const original = (address: string, method = 'GET'): Sent => ({
    ...{ 'x-original-url': address, 'x-original-method': method },
  });

  it('gets 401 with the address of the login page for a page, and 401 alone for all else', async () => {
    await start();
    const sent = await ask('/api/auth/verify?redirect=never', { ...original(`${wiki}/a`), ...navigation });
    expect([...outcomeOf(sent), sent.headers['x-auth-redirect']]).toEqual([
      401,
      undefined,
      returning(`${wiki}/a`),
    ]);
    for (const headers of [call, { ...navigation, 'sec-fetch-dest': 'image' }]) {
      const refused = await ask('/api/auth/verify?redirect=never', { ...original(`${wiki}/a`), ...headers });
      expect([refused.status, refused.headers['x-auth-redirect']]).toEqual([401, undefined]);
    }
    const evil = await ask('/api/auth/verify?redirect=never', {
      ...original('https://evil.example/'),
      ...navigation,
    });
    expect(evil.headers['x-auth-redirect']).toBe(login);
  });
});

describe('a proxy that puts a prefix before the path', () => {
  /** Envoy keeps `Host` and the method, and sends what `allowed_headers` and `headers_to_add` name. */
  const envoy: Sent = { host: 'wiki.example.org', 'x-forwarded-proto': 'https', 'content-length': '0' };
  const prefixed = '/api/auth/verify/ext-authz';

  it('gets the login page for a page, with the path and query as they were', async () => {
    await start();
    const sent = await ask(`${prefixed}/a//b?c=%2F&role=x&redirect=never`, {
      ...navigation,
      ...envoy,
    });
    expect(outcomeOf(sent)).toEqual([302, returning(`${wiki}/a//b?c=%2F&role=x&redirect=never`)]);
    expect(outcomeOf(await ask(`${prefixed}/`, { ...navigation, ...envoy }))).toEqual([
      302,
      returning(`${wiki}/`),
    ]);
  });

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('gets 200 or 401 for %s', async (method) => {
    await start();
    const cookie = await pageCookie(gateway);
    const passed = await ask(`${prefixed}/a`, { ...envoy, ...call, cookie }, method);
    expect([passed.status, passed.headers['remote-user']]).toEqual([200, 'demo']);
    expect((await ask(`${prefixed}/a`, { ...envoy, ...call }, method)).status).toBe(401);
  });

  it('asks for roles by a header that it sets; the query is the client’s', async () => {
    await start();
    const cookie = await pageCookie(gateway);
    const wanted = async (path: string, roles: string) =>
      (await ask(`${prefixed}${path}`, { ...envoy, ...call, cookie, 'x-auth-role': roles })).status;
    expect(await wanted('/a?role=admin', 'nobody')).toBe(403);
    expect(await wanted('/a', 'nobody, other')).toBe(403);
    expect(await wanted('/a', 'nobody, ,')).toBe(400);
  });
});
