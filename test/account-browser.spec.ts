import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { type BrowserBench, browserBench, fetchIn } from './support/browser-bench';
import { chromeOnAndroid, firefox, pagePassword, pagePeople } from './support/page-people';

jest.setTimeout(240_000);

const host = 'sso.example.test';
const other = 'other.example.test';
const root = join(__dirname, '..');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let chromium: Chromium;
let bench: BrowserBench;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  const env = await pagePeople();
  [chromium, bench] = await Promise.all([Chromium.start(), browserBench({ env })]);
});
afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));
afterAll(async () => {
  await bench.stop();
  await chromium.stop();
});

interface Sight {
  readonly page: Page;
  /** What the page asked other origins for, and what its browser complained of. */
  readonly complaints: string[];
}

/** Somebody's browser, logged in and on a page. */
async function visit(username: string, path: string, options: BrowserContextOptions = {}): Promise<Sight> {
  const context = await chromium.visitor({ locale: 'en-GB', ...options });
  contexts.push(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(bench.origin(host))) complaints.push(`asked ${request.url()}`);
  });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push('a dialog');
    void dialog.dismiss();
  });
  await page.goto(`${bench.origin(host)}/login?return_to=${encodeURIComponent(path)}`);
  await page.fill('#username', username);
  await page.fill('#password', pagePassword);
  await page.click('button');
  await page.waitForURL(bench.origin(host) + path);
  return { page, complaints };
}

/** What each door says to a browser: the page, proxies, the API by its refresh cookie. */
async function doors(page: Page): Promise<unknown[]> {
  const origin = bench.origin(host);
  await page.goto(`${origin}/account`);
  const path = new URL(page.url()).pathname;
  const bare = await bench.visit(page.context(), host);
  const verify = await fetchIn(bare, `${origin}/api/auth/verify`, { method: 'GET' });
  const refresh = await fetchIn(bare, `${origin}/api/auth/refresh`);
  return [path, verify.status, refresh.status];
}

const isIn = ['/account', 200, 200];
const isOut = ['/login', 401, 401];

describe('the account page in a browser', () => {
  it('logs another browser out at every door, by the keyboard alone', async () => {
    const lost = await visit('alice', '/account', { userAgent: chromeOnAndroid });
    expect(await doors(lost.page)).toEqual(isIn);
    const { page, complaints } = await visit('alice', '/account', { userAgent: firefox });
    const summary = page.locator('summary', { hasText: 'Log out Chrome on Android' });
    await summary.focus();
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    expect(await page.evaluate(outline)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Yes, log it out');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('The device has been logged out.').waitFor();
    await page.reload();
    expect(new URL(page.url()).pathname).toBe('/account');
    expect(await page.locator('.sessions > li').count()).toBe(1);
    expect(await doors(lost.page)).toEqual(isOut);
    expect(await doors(page)).toEqual(isIn);
    expect(complaints).toEqual([]);
  });

  it('logs all others out with JavaScript off, then itself', async () => {
    const others = [await visit('alice', '/account'), await visit('alice', '/account')];
    const { page } = await visit('alice', '/account', { javaScriptEnabled: false });
    await page.locator('summary', { hasText: 'Log out all other devices' }).click();
    await page.getByRole('button', { name: 'Yes, log them out' }).click();
    await page.getByText('The other devices have been logged out.').waitFor();
    for (const one of others) expect(await doors(one.page)).toEqual(isOut);
    await page.getByRole('button', { name: 'Log out here' }).click();
    await page.getByText('You have logged out.').waitFor();
    await page.goto(`${bench.origin(host)}/account`);
    expect(new URL(page.url()).pathname).toBe('/login');
  });

  it('takes no form of another site', async () => {
    const victim = await visit('alice', '/account');
    const second = await visit('alice', '/account');
    const evil = await bench.visit(victim.page.context(), other);
    const answered = evil.waitForResponse('**/account/end-others');
    await evil.evaluate(
      `document.body.innerHTML = '<form method=post action="${bench.origin(host)}/account/end-others">';` +
        'document.forms[0].submit()',
    );
    expect((await answered).status()).toBe(403);
    expect(await doors(second.page)).toEqual(isIn);
  });

  it('runs nothing that a name or an agent says', async () => {
    const { page, complaints } = await visit('mallory', '/account', {
      userAgent: '<script>alert(1)</script><img src=x onerror=alert(2)>',
    });
    await page.getByText('<script>alert(1)</script>').waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('the page for administrators in a browser', () => {
  it('logs a person out everywhere, with JavaScript off', async () => {
    const alice = await visit('alice', '/account');
    const { page } = await visit('bob', '/admin', { javaScriptEnabled: false });
    await page.getByLabel('User name or identifier').fill('alice');
    await page.keyboard.press('Enter');
    await page.locator('summary', { hasText: 'Log out everywhere' }).click();
    await page.getByRole('button', { name: 'Yes, log out everywhere' }).click();
    await page.getByText('Nobody is logged in by this name.').waitFor();
    expect(new URL(page.url()).search).toBe('?user=alice&done=all');
    expect(await doors(alice.page)).toEqual(isOut);
  });
});

describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
  const everythingOpen = "document.querySelectorAll('details').forEach((one) => (one.open = true))";
  const states = {
    account: ['alice', '/account'],
    'account, many groups': ['mallory', '/account'],
    admin: ['bob', '/admin?user=alice'],
    'admin, nobody found': ['bob', '/admin?user=nobody&lang=es'],
  } as const;

  it.each(Object.entries(states))('axe finds nothing wrong: %s', async (_name, [username, path]) => {
    await visit('alice', '/account');
    const { page } = await visit(username, path, { colorScheme, bypassCSP: true });
    await page.evaluate(axe);
    for (const change of ['undefined', everythingOpen]) {
      await page.evaluate(change);
      const found = await page.evaluate<string[]>(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
      );
      expect(found).toEqual([]);
    }
  });

  it('axe finds nothing wrong: kept out', async () => {
    const { page } = await visit('alice', '/account', { colorScheme, bypassCSP: true });
    await page.goto(`${bench.origin(host)}/admin`);
    await page.getByText('You do not have access to this page.').waitFor();
    await page.evaluate(axe);
    const found = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
    expect(found).toEqual([]);
  });

  it.each(['/account', '/admin?user=mallory'])(
    '%s fits 320 pixels and twice the size of text',
    async (path) => {
      await visit('mallory', '/account', { userAgent: 'x'.repeat(200) });
      const options = { colorScheme, viewport: { width: 320, height: 568 } };
      const { page, complaints } = await visit('bob', path, options);
      await page.evaluate(everythingOpen);
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate<number>(overflow)).toBe(0);
      await page.evaluate("document.documentElement.style.fontSize = '200%'");
      expect(await page.evaluate<number>(overflow)).toBe(0);
      expect(complaints).toEqual([]);
    },
  );
});

/** Shows the same at every run. */
const still = `document.querySelectorAll('time').forEach((one) => {
  one.textContent = one.textContent.endsWith('UTC') ? '21 Nov 2026, 09:00 UTC' : 'now';
})`;

describe('what the documentation shows', () => {
  const pictures = [
    ['account-light', 'alice', '/account', 'light'],
    ['account-dark', 'alice', '/account', 'dark'],
    ['admin-light', 'bob', '/admin?user=alice', 'light'],
    ['admin-dark', 'bob', '/admin?user=alice', 'dark'],
  ] as const;

  it.each(pictures)('is %s', async (name, username, path, colorScheme) => {
    await bench.stop();
    bench = await browserBench({ env: await pagePeople() });
    await visit('alice', '/account', { userAgent: chromeOnAndroid });
    const { page } = await visit(username, path, {
      ...{ colorScheme, userAgent: firefox, viewport: { width: 960, height: 600 } },
    });
    await page.evaluate(still);
    const folder = process.env['WRITE_SCREENSHOTS'];
    const image = await page.screenshot({
      fullPage: true,
      ...(folder !== undefined && { path: join(pictureFolder(folder), `${name}.png`) }),
    });
    expect(image.length).toBeLessThan(120_000);
  });
});

function pictureFolder(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
