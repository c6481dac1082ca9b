import { join } from 'node:path';
import type { BrowserContext, Route } from 'playwright-core';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { ownerOf } from '../src/web/client/token-claims';
import { Chromium } from './servers/chromium';
import { fetchIn, jsonBody } from './support/browser-bench';
import { type ClientBench, clientBench, type ClientPage, sso } from './support/client-bench';
import { eventually } from './support/ldap-logins';
import { temporaryFolder } from './support/gateway';

jest.setTimeout(180_000);

// Ends of sessions that meet with something else: with another person, with a login, with a lost answer.
const password = 'correct horse battery';
let env: Readonly<Record<string, string>>;
let chromium: Chromium;
let bench: ClientBench;
let context: BrowserContext;

beforeAll(async () => {
  const usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await cheapHash(password);
  const people = ['alice', 'bob'].map((username, index) => ({
    ...{ id: `${index}2222222-2222-4222-8222-222222222222`, username, displayName: 'A Person', passwordHash },
    ...{ email: `${username}@example.org`, groups: [], roles: ['user'], disabled: false },
  }));
  writeUsersFile(usersFile, people);
  env = { STRATEGIES: 'file', USERS_FILE: usersFile };
  chromium = await Chromium.start();
  bench = await clientBench({ env });
});
beforeEach(async () => {
  context = await chromium.visitor();
});
afterEach(() => context.close());
afterAll(async () => {
  await bench.stop();
  await chromium.stop();
});

const loginOf = (username: string) => `gatehouse.login(${JSON.stringify({ username, password })})`;
const whoIsIn = '[gatehouse.isLoggedIn, gatehouse.user?.username ?? null]';
const resumed = 'gatehouse.resume().then((user) => user?.username ?? null)';
const online = `dispatchEvent(new Event('online'))`;

async function tabOf(username: string, at = bench, from = context): Promise<ClientPage> {
  const tab = await at.open(from);
  await tab.run(loginOf(username));
  return tab;
}

/** Logs in by the cookie of the same browser, but not by the client of the tab. */
async function logInElsewhere(username: string): Promise<void> {
  const page = await bench.visit(context, sso);
  const { status } = await fetchIn(
    page,
    `${bench.origin(sso)}/api/auth/login`,
    jsonBody({ username, password }),
  );
  expect(status).toBe(200);
  await page.close();
}

async function logOutUnheard(tab: ClientPage): Promise<void> {
  await tab.page.route('**/api/auth/logout', (route) => route.abort());
  expect(await tab.run('gatehouse.logout()')).toBe(false);
  await tab.page.unroute('**/api/auth/logout');
}

async function refreshCookies(): Promise<number> {
  return (await context.cookies()).filter(({ name }) => name === 'refreshToken').length;
}

/** Keeps the requests of a route on the way until they are let go on. */
async function holdBack(tab: ClientPage, route: string): Promise<Route[]> {
  const held: Route[] = [];
  await tab.page.route(`**/api/auth/${route}`, (request) => void held.push(request));
  return held;
}

describe('a logout', () => {
  it('reaches the gateway also where the storage is full', async () => {
    const tab = await tabOf('alice');
    await tab.run(`(() => {
      for (let size = 2 ** 23, n = 0; size >= 1; ) {
        try { localStorage.setItem('filler ' + n, 'x'.repeat(size)); n++; } catch { size = Math.floor(size / 2); }
      }
    })()`);
    const before = bench.count('logout', 200);
    expect(await tab.run('gatehouse.logout()')).toBe(true);
    expect([bench.count('logout', 200), await refreshCookies()]).toEqual([before + 1, 0]);
  });

  it('that was not heard ends that session when the page is loaded again', async () => {
    const tab = await tabOf('alice');
    await logOutUnheard(tab);
    await tab.page.reload();
    const again = await bench.equip(tab.page);
    expect(await again.run(resumed)).toBeNull();
    expect([await refreshCookies(), await again.events()]).toEqual([0, []]);
    expect(await again.run('localStorage.length')).toBe(0);
  });

  it('that was not heard spares whoever has logged in since, when the page is loaded again', async () => {
    const tab = await tabOf('alice');
    await logOutUnheard(tab);
    await logInElsewhere('bob');
    const before = bench.count('logout');
    await tab.page.reload();
    const again = await bench.equip(tab.page);
    expect(await again.run(resumed)).toBe('bob');
    expect(await again.run('localStorage.length')).toBe(0);
    expect(bench.count('logout')).toBe(before);
  });

  it('that was not heard spares them too in a page that stays, without a storage', async () => {
    await context.addInitScript(
      `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })`,
    );
    const tab = await tabOf('alice');
    await logOutUnheard(tab);
    await logInElsewhere('bob');
    const [refreshes, logouts] = [bench.count('refresh'), bench.count('logout')];
    await tab.run(online);
    await eventually(() => bench.count('refresh') > refreshes || bench.count('logout') > logouts, 60_000);
    await eventually(async () => (await tab.run('gatehouse.user?.username ?? null')) === 'bob', 30_000);
    expect([bench.count('logout'), await refreshCookies()]).toEqual([logouts, 1]);
  });

  it('is no longer owed once it turns out that the session is over, and nobody hears of it again', async () => {
    const tab = await tabOf('alice');
    await logOutUnheard(tab);
    await context.clearCookies();
    const refreshes = bench.count('refresh', 401);
    await tab.run(online);
    await eventually(() => bench.count('refresh', 401) === refreshes + 1, 60_000);
    await eventually(async () => (await tab.run('localStorage.length')) === 0, 30_000);
    expect(await tab.events()).toEqual(['user', 'login', 'user', 'logout']);
  });

  it('that hangs is given up before a login that waits for it goes ahead', async () => {
    const tab = await tabOf('alice');
    const held = await holdBack(tab, 'logout');
    await tab.run(
      `(window.order = [], window.leaving = gatehouse.logout().then((told) => order.push(told)), 0)`,
    );
    await eventually(() => held.length === 1, 30_000);
    await tab.run(`${loginOf('bob')}.then(() => order.push('login'))`);
    expect(await tab.run('order')).toEqual([false, 'login']);
    // What is still on the way goes on now, and its answer must not take the cookie.
    await tab.page.unroute('**/api/auth/logout');
    await tab.page.reload();
    expect(await (await bench.equip(tab.page)).run(resumed)).toBe('bob');
  });

  it('that hangs leaves a login alone that did not wait for it, where there are no locks', async () => {
    const plain = await clientBench({ env, scheme: 'http' });
    const visitor = await chromium.visitor();
    try {
      const tab = await tabOf('alice', plain, visitor);
      const held = await holdBack(tab, 'logout');
      await tab.run(`(window.leaving = gatehouse.logout(), 0)`);
      await eventually(() => held.length === 1, 30_000);
      await tab.run(loginOf('bob'));
      expect(await tab.run('leaving')).toBe(false);
      const before = plain.count('refresh');
      // Would be asked for at once if the failure counted for the new session.
      await tab.run(online);
      await tab.run(`gatehouse.fetch('${plain.origin(sso)}/api/auth/me').then(({ status }) => status)`);
      expect(plain.count('refresh')).toBe(before);
      expect(await tab.run(whoIsIn)).toEqual([true, 'bob']);
    } finally {
      await visitor.close();
      await plain.stop();
    }
  });

  it('holds against a token of that session that another tab hands over late', async () => {
    const [one, two] = [await tabOf('alice'), await bench.open(context)];
    const token = String(await one.run('gatehouse.getAccessToken()'));
    const user = await one.run('gatehouse.user');
    const name = JSON.stringify(`gatehouse-1 ${bench.origin(sso)}`);
    await one.run(`(window.heard = [], window.ear = new BroadcastChannel(${name}),
      ear.onmessage = ({ data }) => heard.push(data.session), 0)`);
    expect(await one.run('gatehouse.logout()')).toBe(true);
    const late = { ...ownerOf(token), token, endsInMs: 100_000, user, isLogin: false };
    const last = { session: 'another' };
    await two.run(`(window.mouth = new BroadcastChannel(${name}),
      mouth.postMessage(${JSON.stringify(late)}), mouth.postMessage(${JSON.stringify(last)}), 0)`);
    await eventually(async () => String(await one.run('heard')).includes('another'), 30_000);
    expect(await one.run(whoIsIn)).toEqual([false, null]);
  });
});

describe('a cookie that has become another person’s', () => {
  it('brings that person with the next token, after a logout of the one before, in every tab', async () => {
    const [one, two] = [await tabOf('alice'), await bench.open(context)];
    await two.run('gatehouse.resume()');
    await logInElsewhere('bob');
    bench.api.refused.add(String(await one.run('gatehouse.getAccessToken()')));
    const call = `gatehouse.fetch('${bench.api.origin}/orders').then(({ status }) => [status, ...${whoIsIn}])`;
    expect(await one.run(call)).toEqual([200, true, 'bob']);
    const change = ['user', 'login', 'user', 'logout', 'user', 'login'];
    expect(await one.events()).toEqual(change);
    await eventually(async () => String(await two.run(whoIsIn)) === 'true,bob', 30_000);
    expect(await two.events()).toEqual(change);
  });

  it('leaves the one before with the old token while nobody can say who it is', async () => {
    const tab = await tabOf('alice');
    await logInElsewhere('bob');
    const token = String(await tab.run('gatehouse.getAccessToken()'));
    bench.api.refused.add(token);
    await tab.page.route('**/api/auth/me', (route) => route.abort());
    const call = `gatehouse.fetch('${bench.api.origin}/orders').then(({ status }) => status)`;
    expect(await tab.run(call)).toMatchObject({ code: 'NETWORK_ERROR' });
    expect(await tab.run(whoIsIn)).toEqual([true, 'alice']);
    expect(await tab.run('gatehouse.getAccessToken()')).toBe(token);
    await tab.page.unroute('**/api/auth/me');
    await eventually(async () => String(await tab.run(whoIsIn)) === 'true,bob', 60_000);
  });
});

describe('a resume that gets a token and not the person', () => {
  it('does not say that nobody is logged in: it fails, and an event tells how it ended', async () => {
    const tab = await tabOf('alice');
    await tab.page.reload();
    const again = await bench.equip(tab.page);
    await tab.page.route('**/api/auth/me', (route) => route.abort());
    expect(await again.run(resumed)).toMatchObject({ code: 'NETWORK_ERROR', status: 0 });
    expect([await again.run(whoIsIn), await again.events()]).toEqual([[false, null], []]);
    await tab.page.unroute('**/api/auth/me');
    await eventually(async () => String(await again.run(whoIsIn)) === 'true,alice', 60_000);
    expect(await again.events()).toEqual(['user', 'login']);
  });
});

describe('close', () => {
  it('ends a login that is on its way, with an error of the client', async () => {
    const tab = await bench.open(context);
    const failed: string[] = [];
    tab.page.on('requestfailed', (request) => void failed.push(new URL(request.url()).pathname));
    const held = await holdBack(tab, 'login');
    await tab.run(`(window.entering = ${loginOf('alice')}.catch(({ name, code }) => [name, code]), 0)`);
    await eventually(() => held.length === 1, 30_000);
    await tab.run('(gatehouse.close(), 0)');
    const closedAtMs = performance.now();
    expect(await tab.run('entering')).toEqual(['GatehouseError', 'NETWORK_ERROR']);
    expect(performance.now() - closedAtMs).toBeLessThan(30_000);
    await eventually(() => failed.includes('/api/auth/login'), 30_000);
    expect([await tab.run(whoIsIn), await tab.events()]).toEqual([[false, null], []]);
  });

  it('ends what would be asked again, forgets the person, and logs out nobody', async () => {
    await context.clock.install();
    const tab = await tabOf('alice');
    const held = await holdBack(tab, 'refresh');
    await tab.page.clock.fastForward(900_000);
    await eventually(() => held.length === 1, 30_000);
    await tab.run('(gatehouse.close(), 0)');
    expect(await tab.run(whoIsIn)).toEqual([false, null]);
    expect(await tab.run('gatehouse.getAccessToken().then((token) => token ?? null)')).toBeNull();
    for (let n = 0; n < 5; n++) await tab.page.clock.fastForward(300_000);
    await tab.run(online);
    expect(await tab.run(resumed)).toBeNull();
    expect([held.length, await tab.events(), await refreshCookies()]).toEqual([1, ['user', 'login'], 1]);
  });
});
