import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { type BrowserBench, browserBench } from './support/browser-bench';

jest.setTimeout(180_000);

const host = 'sso.example.test';
const app = 'app.example.test';
const root = join(__dirname, '..');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const newPassword = 'brand-New-Secret-1';
const { warn, mustChange, mustChanger } = policyPeople;

let chromium: Chromium;
let slapd: Slapd;
let bench: BrowserBench;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  [chromium, slapd] = await Promise.all([Chromium.start(), startSlapd()]);
  bench = await browserBench({
    allowed: [app],
    env: {
      ...{ STRATEGIES: 'ldap', DEFAULT_LOCALE: 'en', IDENTITY_MAX_AGE_SECONDS: '3600' },
      ...{ ...slapd.variables, LDAP_URL: slapd.ldapsUrl },
    },
  });
});
afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));
afterAll(async () => {
  await bench.stop();
  await Promise.all([chromium.stop(), slapd.remove()]);
});

/** What a page asked other origins for, and what its browser complained of. */
interface Sight {
  readonly page: Page;
  readonly complaints: string[];
}

async function open(path: string, options: BrowserContextOptions = {}): Promise<Sight> {
  const context = await chromium.visitor({ locale: 'en-GB', ...options });
  contexts.push(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(bench.origin(host))) complaints.push(`asked ${request.url()}`);
  });
  page.on('console', (message) => {
    // A browser says so of every answer of an error.
    if (!/status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(bench.origin(host) + path);
  return { page, complaints };
}

/** The id of the element that has the focus. */
function focusedId(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.id');
}

async function type(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text);
  await page.keyboard.press('Tab');
}

async function logIn(page: Page, username: string, password: string): Promise<void> {
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('button');
}

describe('the login page in a browser', () => {
  it('works by the keyboard alone, and leads back', async () => {
    const { page, complaints } = await open('/login?return_to=%2Fpassword');
    expect(await focusedId(page)).toBe('username');
    await type(page, 'alice');
    expect(await focusedId(page)).toBe('password');
    await type(page, 'alice-secret');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('BUTTON');
    const outline = 'getComputedStyle(document.activeElement).outlineStyle';
    expect(await page.evaluate(outline)).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/password');
    expect(await page.inputValue('#username')).toBe('alice');
    expect(complaints).toEqual([]);
  });

  it('works with JavaScript off, over HTTPS and over plain HTTP', async () => {
    const { page } = await open('/login?return_to=%2Fpassword', { javaScriptEnabled: false });
    await logIn(page, 'alice', 'alice-secret');
    await page.waitForURL('**/password');
    expect(await page.inputValue('#username')).toBe('alice');

    const plain = await browserBench({ scheme: 'http', env: { DEFAULT_LOCALE: 'en' } });
    const context = await chromium.visitor({ javaScriptEnabled: false });
    contexts.push(context);
    const insecure = await context.newPage();
    try {
      await insecure.goto(`${plain.origin(host)}/login?return_to=%2Fpassword`);
      await logIn(insecure, 'demo', plain.gateway.demoPassword);
      await insecure.waitForURL('**/password');
    } finally {
      await plain.stop();
    }
  });

  it('puts the focus on the password that was wrong, and says what went wrong with it', async () => {
    const { page, complaints } = await open('/login?lang=es');
    await logIn(page, 'nobody', 'wrong-one');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toBe('El nombre de usuario o la contraseña no son correctos.');
    expect(await focusedId(page)).toBe('password');
    expect(await page.getByLabel('Contraseña').getAttribute('aria-describedby')).toBe('fault');
    expect([await page.inputValue('#username'), await page.inputValue('#password')]).toEqual(['nobody', '']);
    await page.getByRole('link', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('leads back to a listed origin, which its policy lets the form go to', async () => {
    const address = `${bench.origin(app)}/page`;
    const { page } = await open(`/login?return_to=${encodeURIComponent(address)}`);
    await logIn(page, 'nobody', 'wrong');
    await page.getByRole('alert').waitFor();
    await logIn(page, 'alice', 'alice-secret');
    await page.waitForURL(address);
  });

  it('leads through a password that must be changed', async () => {
    const { page, complaints } = await open('/login?return_to=%2Fpassword%3Fx');
    await logIn(page, mustChanger.uid, mustChanger.password);
    await page.getByRole('heading', { name: 'Change password' }).waitFor();
    expect(await focusedId(page)).toBe('old_password');
    for (const text of [mustChanger.password, newPassword, newPassword]) await type(page, text);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/password?x');
    expect(await page.inputValue('#username')).toBe(mustChanger.uid);
    expect(complaints).toEqual([]);
  });
});

describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
  const go = async (page: Page, path: string) => void (await page.goto(bench.origin(host) + path));
  /** Each page and state: what brings a visitor there, and a text that stands on it. */
  const states: Readonly<Record<string, readonly [(page: Page) => Promise<void>, string]>> = {
    login: [() => Promise.resolve(), 'Password'],
    'login, refused': [
      (page) => logIn(page, 'nobody', 'wrong'),
      'The user name or the password is not right.',
    ],
    'login, nothing typed': [
      async (page) => {
        await page.evaluate("document.querySelectorAll('input').forEach((one) => (one.required = false))");
        await page.click('button');
      },
      'The password must not be empty.',
    ],
    'logged out': [(page) => go(page, '/login?out'), 'You have logged out.'],
    'must change': [
      (page) => logIn(page, mustChange.uid, mustChange.password),
      'You have to change your password.',
    ],
    notice: [(page) => logIn(page, warn.uid, warn.password), 'Change it now'],
    password: [(page) => go(page, '/password'), 'New password once more'],
    error: [(page) => go(page, '/account/nowhere'), 'There is no such page.'],
  };

  it.each(Object.entries(states))('axe finds nothing wrong: %s', async (_name, [arrive, text]) => {
    const { page } = await open('/login', { colorScheme, bypassCSP: true });
    await arrive(page);
    await page.getByText(text).waitFor();
    await page.evaluate(axe);
    const found = await page.evaluate<string[]>(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
    );
    expect(found).toEqual([]);
  });

  it('has its own colours, and fits 320 pixels and twice the size of text', async () => {
    const { page, complaints } = await open('/login', { colorScheme, viewport: { width: 320, height: 568 } });
    await logIn(page, 'x'.repeat(200), 'wrong');
    await page.getByRole('alert').waitFor();
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe({ light: 'rgb(243, 244, 246)', dark: 'rgb(18, 20, 23)' }[colorScheme]);
    await page.evaluate("document.documentElement.style.fontSize = '200%'");
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate<number>(overflow)).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('is what the README shows', async () => {
    const { page } = await open('/login', { colorScheme, viewport: { width: 480, height: 520 } });
    const folder = process.env['WRITE_SCREENSHOTS'];
    const image = await page.screenshot({
      ...(folder !== undefined && { path: join(pictureFolder(folder), `login-${colorScheme}.png`) }),
    });
    expect(image.length).toBeLessThan(40_000);
  });
});

function pictureFolder(name: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
