import type { BrowserContext, Page } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { type BrowserBench, browserBench, fetchIn, jsonBody } from './support/browser-bench';
import { objectOf } from './support/client';
import { eventually } from './support/ldap-logins';

jest.setTimeout(180_000);

const sso = 'sso.example.test';
const app = 'app.example.test';

let chromium: Chromium;
let bench: BrowserBench;
let victim: BrowserContext;
let own: Page;
let logStart = 0;

beforeAll(async () => {
  chromium = await Chromium.start();
  // The weakest setting: the cookies go along with everything.
  const env = { COMPAT: 'django', COOKIE_SAMESITE: 'None' };
  bench = await browserBench({ allowed: [app], env });
  victim = await chromium.visitor();
  own = await bench.visit(victim, app);
  const password = bench.gateway.demoPassword;
  const native = jsonBody({ usuario: 'demo', contrasenia: password });
  expect((await fetchIn(own, `${bench.origin(sso)}/api/auth/login`, native)).status).toBe(200);
  const django = jsonBody({ username: 'demo', password });
  expect((await fetchIn(own, `${bench.origin(sso)}/api/login-ldap/`, django)).status).toBe(200);
});
beforeEach(() => {
  logStart = bench.gateway.logs().length;
});
afterAll(async () => {
  await victim.close();
  await bench.stop();
  await chromium.stop();
});

const paths = [
  ...['/api/auth/login', '/api/auth/refresh', '/api/auth/logout', '/api/auth/password'],
  ...['/api/login-ldap/', '/api/logout/', '/oidc/token', '/oidc/token/revocation'],
];

/** What the gateway answered since the test began, as its log says: `POST /path 403`. Browsers hide from pages what CORP blocks. */
function answers(of = bench, from = logStart): string[] {
  const lines = of.gateway.logs().slice(from).trim().split('\n');
  const said = lines.filter(Boolean).map((line) => objectOf(JSON.parse(line)));
  const requests = said.filter(({ msg, method }) => msg === 'request' && method !== 'OPTIONS');
  return requests.map(({ method, route, status }) => [method, route, status].join(' '));
}

/** Cookies as the browser holds them; a session that was touched has others. */
async function jar(): Promise<unknown> {
  return (await victim.cookies()).map(({ name, value }) => `${name}=${value}`).sort();
}

/** The form navigates the page away, so each one needs a page of its own. */
async function submitForm(host: string, path: string, enctype: string): Promise<void> {
  const page = await bench.visit(victim, host);
  const action = JSON.stringify(bench.origin(sso) + path);
  const answered = page.waitForResponse(bench.origin(sso) + path);
  await page.evaluate(
    `(() => { const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: ${action}, enctype: '${enctype}' });
      form.innerHTML = '<input name="usuario" value="demo"><input name="contrasenia" value="x">';
      document.body.append(form); form.submit(); })()`,
  );
  await answered;
  await page.close();
}

describe.each([
  ['another site', 'evil.other.test'],
  ['a sibling host that is not listed', 'blog.example.test'],
])('a page of %s', (_which, host) => {
  it('gets nothing done by fetch, with or without CORS', async () => {
    const before = await jar();
    const page = await bench.visit(victim, host);
    for (const path of paths) {
      const url = bench.origin(sso) + path;
      const simple = { body: '{"username":"demo"}', headers: { 'content-type': 'text/plain' } };
      expect((await fetchIn(page, url, { ...simple, mode: 'no-cors' })).status).toBe(0);
      expect((await fetchIn(page, url, { ...simple, mode: 'cors' })).status).toBe(0);
      expect((await fetchIn(page, url, jsonBody({ usuario: 'demo' }))).status).toBe(0);
    }
    expect(await fetchIn(page, `${bench.origin(sso)}/api/auth/me`, { method: 'GET' })).toMatchObject({
      status: 0,
    });
    await page.close();
    // A preflight that is not granted keeps the request with JSON away altogether; the two others arrive.
    const twice = [...paths, ...paths].map((path) => `POST ${path} 403`);
    await eventually(() => answers().length > twice.length, 30_000);
    expect(answers().sort()).toEqual(['GET /api/auth/me 200', ...twice].sort());
    expect(await jar()).toEqual(before);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])(
    'gets nothing done by a form of %s',
    async (enctype) => {
      const before = await jar();
      const tried = paths.filter((path) => !path.startsWith('/oidc'));
      for (const path of tried) await submitForm(host, path, enctype);
      await eventually(() => answers().length >= tried.length, 30_000);
      expect(answers().sort()).toEqual(tried.map((path) => `POST ${path} 403`).sort());
      expect(await jar()).toEqual(before);
    },
  );

  it('logs nobody out by what it loads hidden', async () => {
    const before = await jar();
    const page = await bench.visit(victim, host);
    const url = `${bench.origin(sso)}/api/logout/`;
    await page.evaluate(
      `(() => { document.body.append(Object.assign(new Image(), { src: '${url}' }),
        Object.assign(document.createElement('iframe'), { src: '${url}' })); })()`,
    );
    await eventually(() => answers().length >= 2, 30_000);
    await page.close();
    expect(answers()).toEqual(['GET /api/logout/ 403', 'GET /api/logout/ 403']);
    expect(await jar()).toEqual(before);
  });
});

describe('a page that has the browser load ahead', () => {
  // To another site no browser sends cookies ahead of a click.
  it.each([
    ['prefetch', sso],
    ['prerender', sso],
    ['prefetch', 'blog.example.test'],
  ])('logs nobody out by %s from %s', async (action, host) => {
    const before = await jar();
    const page = await bench.visit(victim, host);
    const url = `${bench.origin(sso)}/api/logout/`;
    const rules = JSON.stringify({ [action]: [{ source: 'list', urls: [url], eagerness: 'immediate' }] });
    await page.evaluate(
      `document.head.append(Object.assign(document.createElement('script'),
        { type: 'speculationrules', textContent: ${JSON.stringify(rules)} }))`,
    );
    await eventually(() => answers().length >= 1, 30_000);
    await page.close();
    expect(new Set(answers())).toEqual(new Set(['GET /api/logout/ 403']));
    expect(await jar()).toEqual(before);
  });
});

describe('a sandboxed frame, whose origin is null', () => {
  it('gets nothing done', async () => {
    const before = await jar();
    const page = await bench.visit(victim, app);
    const url = `${bench.origin(sso)}/api/auth/logout`;
    const script = `<script>fetch("${url}", { method: "POST", mode: "no-cors", credentials: "include" })</script>`;
    await page.evaluate(
      `(() => { const frame = document.createElement('iframe'); frame.sandbox = 'allow-scripts';
        frame.srcdoc = ${JSON.stringify(script).replaceAll('</', '<\\/')}; document.body.append(frame); })()`,
    );
    await eventually(() => answers().length > 0, 30_000);
    await page.close();
    expect(answers()).toEqual(['POST /api/auth/logout 403']);
    expect(await jar()).toEqual(before);
  });
});

describe('after all that', () => {
  it('both sessions live', async () => {
    const session = await fetchIn(own, `${bench.origin(sso)}/api/session/`, { method: 'GET' });
    expect([session.status, session.body['username']]).toEqual([200, 'demo']);
    expect((await fetchIn(own, `${bench.origin(sso)}/api/auth/refresh`)).status).toBe(200);
  });
});

describe('without TLS, where browsers send no Fetch Metadata', () => {
  it('the origin decides', async () => {
    const plain = await browserBench({ scheme: 'http' });
    const visitor = await chromium.visitor();
    const url = `${plain.origin(sso)}/api/auth/refresh`;
    for (const host of [sso, 'evil.other.test', 'blog.example.test']) {
      await fetchIn(await plain.visit(visitor, host), url, { mode: 'no-cors' });
    }
    await eventually(() => answers(plain, 0).length >= 3, 30_000);
    const log = plain.gateway.logs();
    await visitor.close();
    await plain.stop();
    const path = '/api/auth/refresh';
    expect(answers(plain, 0)).toEqual([`POST ${path} 401`, `POST ${path} 403`, `POST ${path} 403`]);
    expect(log).toContain(`a page of ${plain.origin('evil.other.test')} for ${new URL(url).host}`);
  });
});
