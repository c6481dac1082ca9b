import type { BrowserContext } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { type ClientBench, clientBench, type ClientPage, RecordingApi, sso } from './support/client-bench';

jest.setTimeout(180_000);

let chromium: Chromium;
let bench: ClientBench;
let stranger: RecordingApi;
let context: BrowserContext;
let tab: ClientPage;

beforeAll(async () => {
  chromium = await Chromium.start();
  bench = await clientBench();
  stranger = await RecordingApi.start();
});
beforeEach(async () => {
  context = await chromium.visitor();
  tab = await bench.open(context);
  await tab.login();
  bench.api.seen.length = stranger.seen.length = 0;
});
afterEach(() => context.close());
afterAll(async () => {
  await stranger.stop();
  await bench.stop();
  await chromium.stop();
});

const get = (url: string, init = '{}') =>
  `gatehouse.fetch('${url}', ${init}).then((answer) => answer.status)`;

describe('an access token', () => {
  it('goes to the gateway and the listed origins, and to no other one', async () => {
    const bearer = `Bearer ${String(await tab.run('gatehouse.getAccessToken()'))}`;
    expect(await tab.run(get(`${bench.origin(sso)}/api/auth/me`))).toBe(200);
    expect(await tab.run(get(`${bench.api.origin}/orders`))).toBe(200);
    expect(await tab.run(get(`${stranger.origin}/pixel`))).toBe(200);
    expect(
      await tab.run(`gatehouse.fetch(new Request('${stranger.origin}/pixel')).then(({ ok }) => ok)`),
    ).toBe(true);
    // An address that only begins like a listed one.
    const tricky = `${stranger.origin.replace('//', `//${new URL(bench.api.origin).host}@`)}/pixel`;
    await tab.run(get(tricky));
    // The page's own origin is not listed here.
    await tab.run(get('/page'));
    expect(bench.api.tokens).toEqual([bearer]);
    expect(new Set(stranger.tokens)).toEqual(new Set(['']));
  });

  it('stays behind where a redirect leads to another origin', async () => {
    bench.api.redirectsTo = `${stranger.origin}/landing`;
    expect(await tab.run(get(`${bench.api.origin}/redirect`))).toBe(200);
    expect(bench.api.tokens).toHaveLength(1);
    expect(stranger.seen).toMatchObject([{ path: '/landing', authorization: '' }]);
  });

  it('is not renewed for a 401 of the place that a redirect led to', async () => {
    const before = bench.count('refresh');
    stranger.refusesAll = true;
    bench.api.redirectsTo = `${stranger.origin}/landing`;
    expect(await tab.run(get(`${bench.api.origin}/redirect`))).toBe(401);
    expect(bench.count('refresh')).toBe(before);
    stranger.refusesAll = false;
  });

  it('gives way to an Authorization of the caller', async () => {
    expect(await tab.run(get(`${bench.api.origin}/x`, `{ headers: { Authorization: 'Basic eA==' } }`))).toBe(
      200,
    );
    expect(bench.api.tokens).toEqual(['Basic eA==']);
  });

  it('stands in no storage, in no cookie that a script sees, and in no address', async () => {
    const token = String(await tab.run('gatehouse.getAccessToken()'));
    bench.api.refused.add(token);
    await tab.run(get(`${bench.api.origin}/orders`));
    await tab.run('gatehouse.logout()');
    await tab.login();
    const kept = await tab.run(`(async () => JSON.stringify([
      Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, location.href, history.state,
      await indexedDB.databases(), await caches.keys(), performance.getEntries().map(({ name }) => name), name,
    ]))()`);
    const [signature] = token.split('.').slice(-1);
    expect(kept).not.toContain(signature);
    expect(kept).not.toContain('eyJ');
    expect(await tab.run('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([
      0,
      0,
      '',
    ]);
    expect(await tab.run('indexedDB.databases()')).toEqual([]);
  });
});

describe('a password', () => {
  it('does not follow a redirect of the login route', async () => {
    const log: string[] = [];
    await tab.page.route('**/api/auth/login', (route) =>
      route.fulfill({ status: 307, headers: { location: `${stranger.origin}/catch` } }),
    );
    expect(await tab.login()).toMatchObject({ code: 'NETWORK_ERROR' });
    expect([log, stranger.seen]).toEqual([[], []]);
  });
});
