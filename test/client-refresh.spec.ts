import type { BrowserContext } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { app, type ClientBench, clientBench, type ClientPage, sso } from './support/client-bench';
import { objectOf } from './support/client';
import { eventually } from './support/ldap-logins';

jest.setTimeout(300_000);

let chromium: Chromium;
let bench: ClientBench;
let context: BrowserContext;

beforeAll(async () => {
  chromium = await Chromium.start();
  bench = await clientBench();
});
beforeEach(async () => {
  context = await chromium.visitor();
  bench.api.seen.length = 0;
  bench.api.refusesAll = false;
});
afterEach(() => context.close());
afterAll(async () => {
  await bench.stop();
  await chromium.stop();
});

/** So many tabs of one browser, with one login. */
async function tabsOf(count: number, at = bench, from = context): Promise<readonly ClientPage[]> {
  const tabs: ClientPage[] = [];
  while (tabs.length < count) tabs.push(await at.open(from));
  await tabs[0]?.login();
  const [, ...others] = tabs;
  for (const tab of others) {
    await eventually(async () => (await tab.run('gatehouse.isLoggedIn')) === true, 30_000);
  }
  return tabs;
}

async function oneTab(): Promise<ClientPage> {
  const tab = await bench.open(context);
  await tab.login();
  return tab;
}

async function tokenOf(tab: ClientPage): Promise<string> {
  return String(await tab.run('gatehouse.getAccessToken()'));
}

/** All tabs call the API at the same moment with a token that it has just begun to refuse. */
async function callWithRefusedToken(tabs: readonly ClientPage[], at = bench): Promise<readonly unknown[]> {
  for (const tab of tabs) at.api.refused.add(await tokenOf(tab));
  return Promise.all(tabs.map((tab) => tab.run(status(`${at.api.origin}/orders`))));
}

const status = (url: string, init = '{}') =>
  `gatehouse.fetch('${url}', ${init}).then((answer) => answer.status)`;

describe.each([2, 3])('%i tabs that need a new token at the same moment, 50 times', (count) => {
  it('are not logged out, and refresh once each time', async () => {
    const tabs = await tabsOf(count);
    const before = bench.count('refresh');
    for (let round = 1; round <= 50; round++) {
      // No refresh of an earlier round is still within the time in which the gateway bears races.
      bench.gateway.clock.advance(31_000);
      expect(await callWithRefusedToken(tabs)).toEqual(Array(count).fill(200));
      expect([round, bench.count('refresh', 200) - before]).toEqual([round, round]);
    }
    expect(bench.count('refresh') - before).toBe(50);
    for (const tab of tabs) {
      expect(await tab.run('gatehouse.isLoggedIn')).toBe(true);
      expect(await tab.events()).toEqual(['user', 'login']);
    }
  });
});

describe('three tabs on plain HTTP, where there are no locks', () => {
  it('are not logged out either: the gateway bears the race', async () => {
    const plain = await clientBench({ scheme: 'http' });
    const visitor = await chromium.visitor();
    try {
      const tabs = await tabsOf(3, plain, visitor);
      expect(await tabs[0]?.run('"locks" in navigator')).toBe(false);
      for (let round = 1; round <= 20; round++) {
        plain.gateway.clock.advance(31_000);
        expect(await callWithRefusedToken(tabs, plain)).toEqual([200, 200, 200]);
      }
      expect(plain.count('refresh')).toBe(plain.count('refresh', 200));
      // In one tab there is still only one at a time.
      const before = plain.count('refresh');
      const [tab] = tabs;
      if (tab) plain.api.refused.add(await tokenOf(tab));
      const call = status(`${plain.api.origin}/orders`);
      expect(await tab?.run(`Promise.all([${call}, ${call}, ${call}])`)).toEqual([200, 200, 200]);
      expect(plain.count('refresh') - before).toBe(1);
      for (const tab of tabs) expect(await tab.events()).toEqual(['user', 'login']);
    } finally {
      await visitor.close();
      await plain.stop();
    }
  });
});

describe('a 401', () => {
  it('leads to one refresh for all requests of a tab, and each is sent once more, body and all', async () => {
    const tab = await oneTab();
    const before = bench.count('refresh');
    const old = await tokenOf(tab);
    bench.api.refused.add(old);
    const post = `{ method: 'POST', body: 'order ' + n }`;
    const all = `Promise.all([1, 2, 3, 4, 5].map((n) => ${status(`${bench.api.origin}/orders`, post)}))`;
    expect(await tab.run(all)).toEqual([200, 200, 200, 200, 200]);
    expect(bench.count('refresh') - before).toBe(1);
    const next = await tokenOf(tab);
    const bodiesWith = (token: string) =>
      bench.api.seen
        .filter(({ authorization }) => authorization === `Bearer ${token}`)
        .map(({ body }) => body)
        .sort();
    const bodies = [1, 2, 3, 4, 5].map((n) => `order ${n}`);
    expect([bodiesWith(old), bodiesWith(next)]).toEqual([bodies, bodies]);
    // A Request is good for one time only, and is copied.
    bench.api.refused.add(next);
    const request = `new Request('${bench.api.origin}/orders', { method: 'PUT', body: 'whole' })`;
    expect(await tab.run(`gatehouse.fetch(${request}).then((answer) => answer.status)`)).toBe(200);
    expect(bench.api.seen.slice(-2).map(({ body }) => body)).toEqual(['whole', 'whole']);
  });

  it('that a new token does not mend is the API’s own, and leads to no further refresh', async () => {
    const tab = await oneTab();
    const before = bench.count('refresh');
    bench.api.refusesAll = true;
    for (let n = 0; n < 5; n++) expect(await tab.run(status(`${bench.api.origin}/never`))).toBe(401);
    expect(bench.count('refresh') - before).toBe(1);
    expect(bench.api.seen).toHaveLength(6);
    expect(await tab.run('gatehouse.isLoggedIn')).toBe(true);
  });

  it('to a body that is a stream goes to the caller: it cannot be sent again', async () => {
    const tab = await oneTab();
    const before = bench.count('refresh');
    bench.api.refused.add(await tokenOf(tab));
    // Streams need HTTP/2 in browsers, so the answer comes from here.
    await tab.page.route('**/stream', (route) =>
      route.fulfill({ status: 401, headers: { 'access-control-allow-origin': '*' } }),
    );
    const sent = `(() => { let starts = 0;
      const body = new ReadableStream({ pull(control) { starts++; control.enqueue(new Uint8Array(3)); control.close(); } });
      return ${status(`${bench.api.origin}/stream`, "{ method: 'POST', duplex: 'half', body }")}
        .then((status) => [status, starts]); })()`;
    expect(await tab.run(sent)).toEqual([401, 1]);
    expect(bench.count('refresh')).toBe(before);
  });
});

describe('an abort', () => {
  it('ends the request, also while it waits for a refresh, and not the refresh', async () => {
    const tab = await oneTab();
    bench.api.refused.add(await tokenOf(tab));
    const held: (() => void)[] = [];
    await tab.page.route('**/api/auth/refresh', (route) => void held.push(() => void route.continue()));
    const aborted = `(() => { const stop = new AbortController(); window.stop = stop;
      window.aborted = ${status(`${bench.api.origin}/orders`, '{ signal: stop.signal }')}.catch((error) => error.name);
      window.other = ${status(`${bench.api.origin}/orders`)}; })()`;
    await tab.run(aborted);
    await eventually(() => held.length === 1, 30_000);
    expect(await tab.run(`(stop.abort(), window.aborted)`)).toBe('AbortError');
    held.forEach((goOn) => goOn());
    expect(await tab.run('window.other')).toBe(200);
  });
});

describe('before the end of a token', () => {
  it('the next one is there, whatever the clock of the computer says', async () => {
    await context.clock.install({ time: Date.now() + 3_600_000 });
    const [ahead, other] = [await bench.open(context), await bench.open(context)];
    await ahead.login();
    await eventually(async () => (await other.run('gatehouse.isLoggedIn')) === true, 30_000);
    const before = bench.count('refresh');
    const first = await tokenOf(ahead);
    // 900 s of life, of which 10 s are left for the way and 60 s for the refresh.
    await ahead.page.clock.fastForward(800_000);
    expect(await tokenOf(ahead)).toBe(first);
    expect(bench.count('refresh')).toBe(before);
    bench.gateway.clock.advance(840_000);
    await ahead.page.clock.fastForward(40_000);
    await eventually(() => bench.count('refresh', 200) === before + 1, 30_000);
    await eventually(async () => (await tokenOf(ahead)) !== first, 30_000);
    await eventually(async () => (await tokenOf(other)) === (await tokenOf(ahead)), 30_000);
    // The timer of the other one was set anew.
    await ahead.page.clock.fastForward(800_000);
    expect(await tokenOf(other)).toBe(await tokenOf(ahead));
    expect(bench.count('refresh')).toBe(before + 1);
  });

  it('a hidden page does nothing by itself, and what is due once it is looked at', async () => {
    await context.clock.install();
    const tab = await oneTab();
    const before = bench.count('refresh');
    const look = (hidden: boolean) =>
      tab.run(`(Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }),
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))`);
    await look(true);
    bench.gateway.clock.advance(7_200_000);
    await tab.page.clock.fastForward(7_200_000);
    expect(bench.count('refresh')).toBe(before);
    await look(false);
    await eventually(() => bench.count('refresh', 200) === before + 1, 30_000);
    expect(await tab.run('gatehouse.isLoggedIn')).toBe(true);
  });

  it('a computer that slept, whose clocks stood still, gets a new one by the first 401', async () => {
    const tab = await oneTab();
    const before = bench.count('refresh');
    bench.gateway.clock.advance(7_200_000);
    const me = status(`${bench.origin(sso)}/api/auth/me`);
    expect(await tab.run(me)).toBe(200);
    expect(bench.count('refresh') - before).toBe(1);
  });
});

describe('a gateway that cannot be reached', () => {
  it('logs nobody out, and is asked again after pauses until it answers', async () => {
    await context.clock.install();
    const tab = await oneTab();
    let asked = 0;
    await tab.page.route('**/api/auth/refresh', (route) => {
      asked++;
      return asked % 2 ? route.abort() : route.fulfill({ status: 502, body: '<h1>Bad Gateway</h1>' });
    });
    bench.gateway.clock.advance(1_000_000);
    await tab.page.clock.fastForward(900_000);
    await eventually(() => asked === 1, 30_000);
    const failed = objectOf(await tab.run(status(`${bench.api.origin}/orders`)));
    expect(failed).toMatchObject({ name: 'GatehouseError', status: 502, code: 'UNREADABLE_ANSWER' });
    expect(bench.api.seen).toEqual([]);
    for (const pauseMs of [10_000, 20_000, 40_000]) {
      const tries = asked;
      await tab.page.clock.fastForward(pauseMs);
      await eventually(() => asked > tries, 30_000);
    }
    expect(await tab.run('[gatehouse.isLoggedIn, gatehouse.user.username]')).toEqual([true, 'demo']);
    await tab.page.unroute('**/api/auth/refresh');
    await tab.run(`dispatchEvent(new Event('online'))`);
    await eventually(async () => (await tab.run(status(`${bench.api.origin}/orders`))) === 200, 30_000);
    expect(await tab.events()).toEqual(['user', 'login']);
  });

  it('is left alone as long as it asks for', async () => {
    await context.clock.install();
    const tab = await oneTab();
    let asked = 0;
    const busy = { status: 429, json: { status: 'error', code: 'TOO_MANY_REQUESTS', message: 'x' } };
    await tab.page.route('**/api/auth/refresh', (route) => {
      asked++;
      const headers = {
        'retry-after': '120',
        'access-control-allow-origin': bench.origin(app),
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'retry-after',
      };
      return route.fulfill({ ...busy, headers });
    });
    bench.api.refused.add(await tokenOf(tab));
    const call = status(`${bench.api.origin}/orders`);
    const refused = objectOf(await tab.run(call));
    expect(refused).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 120 });
    expect(objectOf(await tab.run(call))).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await tab.run(`dispatchEvent(new Event('online'))`);
    await tab.page.clock.fastForward(100_000);
    expect(objectOf(await tab.run(call))).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(asked).toBe(1);
    await tab.page.unroute('**/api/auth/refresh');
    await tab.page.clock.fastForward(60_000);
    await eventually(async () => (await tab.run(call)) === 200, 30_000);
  });

  it('keeps a page that starts then from nothing but time', async () => {
    const tab = await oneTab();
    await tab.page.route('**/api/auth/refresh', (route) => route.abort());
    await tab.page.reload();
    const again = await bench.equip(tab.page);
    expect(objectOf(await again.run('gatehouse.resume()'))).toMatchObject({
      code: 'NETWORK_ERROR',
      status: 0,
    });
    expect(await again.events()).toEqual([]);
    await again.page.unroute('**/api/auth/refresh');
    await eventually(async () => (await again.run('gatehouse.user?.username ?? ""')) === 'demo', 30_000);
    expect(await again.events()).toEqual(['user', 'login']);
  });
});
