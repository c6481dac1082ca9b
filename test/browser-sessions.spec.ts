import type { BrowserContext, Page } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { type BrowserBench, browserBench, fetchIn, jsonBody } from './support/browser-bench';
import { objectOf } from './support/client';

jest.setTimeout(180_000);

const sso = 'sso.example.test';

let chromium: Chromium;
let bench: BrowserBench;
let context: BrowserContext;

beforeAll(async () => {
  chromium = await Chromium.start();
});
afterEach(async () => {
  await context.close();
  await bench.stop();
});
afterAll(() => chromium.stop());

function logIn(app: Page) {
  const credentials = { usuario: 'demo', contrasenia: bench.gateway.demoPassword };
  return fetchIn(app, `${bench.origin(sso)}/api/auth/login`, jsonBody(credentials));
}

/** What the browser holds but the cookie of the device, which stays after a logout. */
async function tokenCookies() {
  const all = await context.cookies();
  return all.filter(({ name }) => !name.endsWith('gatehouse_device'));
}

/** The `Cookie` header that the browser itself puts on a request of the page. */
async function cookieSentTo(app: Page, path: string): Promise<string> {
  const url = bench.origin(sso) + path;
  const asked = app.waitForRequest((request) => request.url() === url && request.method() === 'GET');
  await fetchIn(app, url, { method: 'GET' });
  return (await (await asked).allHeaders())['cookie'] ?? '';
}

const sameSite = { app: 'app.example.test', COOKIE_SAMESITE: 'Lax' };
const crossSite = { app: 'app.partner.test', COOKIE_SAMESITE: 'None' };

describe('a page on a listed origin', () => {
  it.each([
    { ...sameSite, COOKIE_PREFIX: 'none', name: 'refreshToken', path: '/api/auth' },
    { ...sameSite, COOKIE_PREFIX: '__Secure-', name: '__Secure-refreshToken', path: '/api/auth' },
    { ...sameSite, COOKIE_PREFIX: '__Host-', name: '__Host-refreshToken', path: '/' },
    { ...crossSite, COOKIE_PREFIX: 'none', name: 'refreshToken', path: '/api/auth' },
    { ...crossSite, COOKIE_PREFIX: '__Host-', name: '__Host-refreshToken', path: '/' },
  ])(
    '$app logs in, refreshes and logs out with the cookie $name',
    async ({ app: host, name, path, ...env }) => {
      bench = await browserBench({ allowed: [host], env });
      context = await chromium.visitor();
      const app = await bench.visit(context, host);
      const login = await logIn(app);
      expect([login.status, login.body['status']]).toEqual([200, 'success']);
      expect(await app.evaluate<string>('document.cookie')).toBe('');

      const [cookie, ...others] = await tokenCookies();
      expect(others).toEqual([]);
      expect(cookie).toMatchObject({
        ...{ name, path, domain: sso, httpOnly: true, secure: true, sameSite: env.COOKIE_SAMESITE },
      });
      expect(await cookieSentTo(app, '/api/auth/me')).toContain(`${name}=`);
      expect((await cookieSentTo(app, '/health/live')).includes(`${name}=`)).toBe(path === '/');

      const refreshed = await fetchIn(app, `${bench.origin(sso)}/api/auth/refresh`);
      expect(refreshed.status).toBe(200);
      expect((await tokenCookies())[0]?.value).not.toBe(cookie?.value);
      const token = String(objectOf(refreshed.body['data'])['access_token']);
      const me = await fetchIn(app, `${bench.origin(sso)}/api/auth/me`, {
        ...{ method: 'GET', headers: { authorization: `Bearer ${token}` } },
      });
      expect(me.status).toBe(200);

      expect((await fetchIn(app, `${bench.origin(sso)}/api/auth/logout`)).status).toBe(200);
      expect(await tokenCookies()).toEqual([]);
      const ended = await fetchIn(app, `${bench.origin(sso)}/api/auth/refresh`);
      expect([ended.status, ended.body['code']]).toEqual([401, 'NO_REFRESH_COOKIE']);
    },
  );

  it('reads why it was refused: 401, 404, 413 and 429', async () => {
    bench = await browserBench({ allowed: [sameSite.app], env: { RATE_LIMIT_AUTH_MAX: '2' } });
    context = await chromium.visitor();
    const app = await bench.visit(context, sameSite.app);
    const login = `${bench.origin(sso)}/api/auth/login`;
    const wrong = jsonBody({ usuario: 'demo', contrasenia: 'wrong' });
    const answers = [
      await fetchIn(app, login, wrong),
      await fetchIn(app, `${bench.origin(sso)}/nowhere`, { method: 'GET' }),
      await fetchIn(app, login, jsonBody({ usuario: 'x'.repeat(20_000) })),
      await fetchIn(app, login, wrong),
      await fetchIn(app, login, wrong),
    ];
    expect(answers.map(({ body }) => body['code'])).toEqual([
      ...['UNAUTHORIZED', 'NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'UNAUTHORIZED', 'TOO_MANY_REQUESTS'],
    ]);
  });
});

describe('the API page', () => {
  it('works under its own Content-Security-Policy', async () => {
    bench = await browserBench();
    context = await chromium.visitor();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    await page.goto(`${bench.origin(sso)}/docs`);
    await page.waitForSelector('.swagger-ui .opblock');
    expect(complaints).toEqual([]);
    // Something that was slipped into the page would not run.
    const ran = await page.evaluate<unknown>(
      `(() => { const script = document.createElement('script'); script.textContent = 'window.ran = 1';
        document.body.append(script); return window.ran ?? 0; })()`,
    );
    expect(ran).toBe(0);
  });
});
