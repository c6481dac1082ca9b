import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { Chromium } from './servers/chromium';
import { answersOn, freePort } from './servers/process';
import { Client, textOf } from './support/client';
import { eventually } from './support/ldap-logins';

jest.setTimeout(240_000);

const folder = join(__dirname, '..', 'examples', 'spa');

/** The example as its README starts it, on free ports. */
class Example {
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly gatewayPort: number,
  ) {}

  static async start(): Promise<Example> {
    const [port, gatewayPort] = [await freePort(), await freePort()];
    const child = spawn('npm', ['start'], {
      cwd: folder,
      env: { ...process.env, PORT: String(port), GATEWAY_PORT: String(gatewayPort) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const example = new Example(child, port, gatewayPort);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (example.output += chunk.toString()));
    try {
      await eventually(() => /Ctrl-C/.test(example.output) || child.exitCode !== null, 200_000);
      if (child.exitCode !== null) throw new Error(`it ended:\n${example.output}`);
      return example;
    } catch (error) {
      child.kill('SIGINT');
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.gatewayPort}`;
  }

  /** What it printed for whoever tries it. */
  passwordOf(username: string): string {
    const [, password] = new RegExp(`^  ${username}  (\\S+)  `, 'm').exec(this.output) ?? [];
    if (password === undefined) throw new Error(`no login of ${username} in:\n${this.output}`);
    return password;
  }

  /** Ctrl-C, but for this process alone. */
  async interrupt(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await ended;
  }
}

let example: Example;
let chromium: Chromium;
let context: BrowserContext;

beforeAll(async () => {
  [chromium, example] = await Promise.all([Chromium.start(), Example.start()]);
});
beforeEach(async () => {
  context = await chromium.visitor();
});
afterEach(() => context.close());
afterAll(async () => {
  await chromium.stop();
  await example.interrupt();
});

interface Sight {
  readonly page: Page;
  /** What the browser complained of, refusals of the policy included. */
  readonly complaints: readonly string[];
}

async function open(): Promise<Sight> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A browser says so of every answer of an error, such as that nobody is logged in yet.
    if (!/status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(example.url);
  return { page, complaints };
}

async function logIn(page: Page, username: string, password = example.passwordOf(username)): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

const formOf = (page: Page) => page.getByRole('button', { name: 'Log in' });

describe('the page', () => {
  it('logs in, adds a note, goes on after a reload and in a second tab, and logs both out', async () => {
    const { page, complaints } = await open();
    await logIn(page, 'alice');
    await page.getByText('Alice Editor').waitFor();
    await page.getByText('Only people with a login see this.').waitFor();

    await page.getByLabel('New note').fill('Bring <b>cake</b>');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('Bring <b>cake</b> — Alice Editor').waitFor();

    await page.reload();
    await page.getByText('Bring <b>cake</b> — Alice Editor').waitFor();

    const second = await open();
    await second.page.getByText('Bring <b>cake</b> — Alice Editor').waitFor();
    expect(await formOf(second.page).isVisible()).toBe(false);

    await second.page.getByRole('button', { name: 'Log out' }).click();
    await formOf(second.page).waitFor();
    await formOf(page).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(0);
    await page.reload();
    await formOf(page).waitFor();
    expect([...complaints, ...second.complaints]).toEqual([]);
  });

  it('keeps no token in a storage', async () => {
    const { page } = await open();
    await logIn(page, 'alice');
    await page.getByText('Only people with a login see this.').waitFor();
    const stored = await page.evaluate<string>(
      'JSON.stringify([localStorage, sessionStorage, document.cookie])',
    );
    expect(stored).not.toMatch(/eyJ|refreshToken/);
  });

  it('says what is wrong with a login, and shows readers no form', async () => {
    const { page } = await open();
    await logIn(page, 'bob', 'wrong');
    await page.getByText('Wrong user name or password.').waitFor();
    await logIn(page, 'bob');
    await page.getByText('Adding them takes the role').waitFor();
    await page.getByText('Only people with a login see this.').waitFor();
    expect(await page.getByRole('button', { name: 'Add' }).isVisible()).toBe(false);
    expect(await page.getByRole('alert').textContent()).toBe('');
  });
});

describe('its API', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  async function tokenOf(username: string): Promise<string> {
    const gateway = new Client(example.gatewayUrl);
    return textOf((await gateway.login(username, example.passwordOf(username))).data, 'access_token');
  }

  it('lets everybody with a login read, and the role write', async () => {
    const api = new Client(example.url);
    const [alice, bob] = [await tokenOf('alice'), await tokenOf('bob')];
    const post = (token: string, body: unknown) =>
      api.request('/api/notes', { method: 'POST', headers: bearer(token), body });
    expect((await api.request('/api/notes', { headers: bearer(bob) })).status).toBe(200);
    expect((await post(bob, { text: 'mine' })).status).toBe(403);
    expect((await post(alice, { text: 'ours' })).body).toMatchObject({
      text: 'ours',
      author: 'Alice Editor',
    });
    const refused = [{}, { text: ' ' }, { text: 'x'.repeat(281) }, 'no JSON', 'null'];
    for (const body of refused) expect((await post(alice, body)).status).toBe(400);
    expect((await post(alice, { text: 'x'.repeat(5000) })).status).toBe(413);
    expect((await api.request('/api/others', { headers: bearer(bob) })).status).toBe(404);
  });

  it('refuses who brings no good token, and says so', async () => {
    const api = new Client(example.url);
    const nobody = await api.request('/api/notes');
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  it('gives files of the page alone', async () => {
    const raw = new Client(example.url);
    for (const path of ['/package.json', '/../server/main.ts', '/%2e%2e/package.json', '/index.html/..%2f'])
      expect((await raw.request(path)).status).toBe(404);
  });
});

describe('Ctrl-C', () => {
  it('ends the page, the API and the gateway', async () => {
    const other = await Example.start();
    await other.interrupt();
    expect([await answersOn(other.port), await answersOn(other.gatewayPort)]).toEqual([false, false]);
  });
});
