import type { BrowserContext } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { app, type ClientBench, clientBench, sso } from './support/client-bench';
import { objectOf } from './support/client';
import { eventually } from './support/ldap-logins';

jest.setTimeout(180_000);

let chromium: Chromium;
let bench: ClientBench;
let context: BrowserContext;

beforeAll(async () => {
  chromium = await Chromium.start();
  bench = await clientBench();
});
beforeEach(async () => {
  context = await chromium.visitor();
});
afterEach(() => context.close());
afterAll(async () => {
  await bench.stop();
  await chromium.stop();
});

const username = 'gatehouse.user?.username ?? null';

describe.each([
  ['the gateway’s own origin', sso],
  ['a listed origin', app],
])('a page on %s', (_which, host) => {
  it('logs in, is loaded again and resumes, and logs out', async () => {
    const first = await bench.open(context, host);
    expect(await first.run('gatehouse.resume().then((user) => user ?? null)')).toBeNull();
    expect(await first.events()).toEqual([]);

    expect(objectOf(await first.login())).toMatchObject({ user: { sub: 'file:demo', username: 'demo' } });
    expect(await first.run(`[gatehouse.isLoggedIn, ${username}]`)).toEqual([true, 'demo']);
    expect(await first.events()).toEqual(['user', 'login']);
    const me = `gatehouse.fetch('${bench.origin(sso)}/api/auth/me').then((answer) => answer.status)`;
    expect(await first.run(me)).toBe(200);

    await first.page.reload();
    const again = await bench.equip(first.page);
    expect(await again.run('gatehouse.isLoggedIn')).toBe(false);
    expect(objectOf(await again.run('gatehouse.resume()'))).toMatchObject({
      username: 'demo',
      roles: ['user'],
    });
    expect(await again.events()).toEqual(['user', 'login']);

    expect(await again.run('gatehouse.logout()')).toBe(true);
    expect(await again.run(`[gatehouse.isLoggedIn, ${username}]`)).toEqual([false, null]);
    expect(await again.events()).toEqual(['user', 'login', 'user', 'logout']);
    expect(await again.run(me)).toBe(401);
    await again.page.reload();
    const last = await bench.equip(again.page);
    expect(await last.run('gatehouse.resume().then((user) => user ?? null)')).toBeNull();
  });
});

describe('a refused login', () => {
  it('is an error with what the gateway says, and changes nothing', async () => {
    const tab = await bench.open(context);
    const wrong = await tab.run(`gatehouse.login({ username: 'demo', password: 'wrong' })`);
    expect(wrong).toMatchObject({ name: 'GatehouseError', status: 401, code: 'UNAUTHORIZED', fields: [] });
    expect(objectOf(wrong)).toMatchObject({ message: 'Invalid credentials' });
    const empty = objectOf(await tab.run(`gatehouse.login({ username: 'demo' })`));
    expect(empty).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    expect(empty['fields']).toMatchObject([{ campo: 'password' }]);
    await tab.login();
    await tab.run(`gatehouse.login({ username: 'demo', password: 'wrong' })`);
    expect(await tab.run(username)).toBe('demo');
  });
});

describe('tabs', () => {
  it('are logged in and out together, with one token', async () => {
    const [one, two] = [await bench.open(context), await bench.open(context)];
    await one.login();
    await eventually(async () => (await two.run(username)) === 'demo', 30_000);
    expect(await two.run('gatehouse.getAccessToken()')).toBe(await one.run('gatehouse.getAccessToken()'));
    expect(await two.events()).toEqual(['user', 'login']);

    await two.run('gatehouse.logout()');
    await eventually(async () => (await one.run('gatehouse.isLoggedIn')) === false, 30_000);
    expect(await one.events()).toEqual(['user', 'login', 'user', 'logout']);
    expect(await one.run('gatehouse.getAccessToken().then((token) => token ?? null)')).toBeNull();
  });

  it('learn of a session that was ended elsewhere, and why', async () => {
    const [one, two] = [await bench.open(context), await bench.open(context)];
    await one.login();
    await eventually(async () => (await two.run('gatehouse.isLoggedIn')) === true, 30_000);
    const ended = `gatehouse.fetch('${bench.origin(sso)}/api/auth/sessions', { method: 'DELETE' })`;
    expect(await one.run(`${ended}.then((answer) => answer.status)`)).toBe(200);
    expect(await one.run('gatehouse.isLoggedIn')).toBe(true);
    await two.run(`gatehouse.on('session-ended', ({ code }) => { window.reason = code; })`);
    const me = `gatehouse.fetch('${bench.origin(sso)}/api/auth/me').then((answer) => answer.status)`;
    expect(await one.run(me)).toBe(401);
    await eventually(async () => (await two.run('gatehouse.isLoggedIn')) === false, 30_000);
    expect((await one.events()).slice(2)).toEqual(['user', 'session-ended']);
    expect((await two.events()).slice(2)).toEqual(['user', 'session-ended']);
    expect(await two.run('window.reason')).toMatch(/^REFRESH_TOKEN_|^NO_REFRESH_COOKIE$/);
  });
});

describe('a logout that the gateway does not hear', () => {
  it('holds here at once, and is told once the page is online', async () => {
    const tab = await bench.open(context);
    await tab.login();
    const before = bench.count('logout');
    await context.setOffline(true);
    expect(await tab.run('gatehouse.logout()')).toBe(false);
    expect(await tab.run('gatehouse.isLoggedIn')).toBe(false);

    await context.setOffline(false);
    await eventually(() => bench.count('logout', 200) === before + 1, 60_000);
    const cookies = async () =>
      (await context.cookies()).filter(({ name }) => name === 'refreshToken').length;
    await eventually(async () => (await cookies()) === 0, 30_000);
  });

  it('keeps a page that is loaded again from taking the session up', async () => {
    const tab = await bench.open(context);
    await tab.login();
    await tab.page.route('**/api/auth/logout', (route) => route.abort());
    expect(await tab.run('gatehouse.logout()')).toBe(false);
    await tab.page.reload();
    const again = await bench.equip(tab.page);
    expect(await again.run('gatehouse.resume().then((user) => user ?? null)')).toBeNull();
    await tab.page.unroute('**/api/auth/logout');
    // Whoever logs in after that is not logged out by the old one.
    await again.login();
    await again.page.reload();
    const last = await bench.equip(again.page);
    expect(objectOf(await last.run('gatehouse.resume()'))).toMatchObject({ username: 'demo' });
  });
});
