import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { FileKeystore } from '../examples/mobile/keystore';
import { LoggedOut, LoginRefused, MobileSession, Unreachable } from '../examples/mobile/session';
import { FaultProxy } from './servers/fault-proxy';
import { run } from './servers/process';
import { Client, cookieOf, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

jest.setTimeout(240_000);

const folder = join(__dirname, '..', 'examples', 'mobile');
/** So many that a test can always mend the network before the last one. */
const patient = Array<number>(200).fill(50);

let gateway: RunningGateway;
let network: FaultProxy;
let keystoreFile: string;
let keystore: FileKeystore;

beforeEach(async () => {
  gateway = await startGateway();
  network = await FaultProxy.to(Number(new URL(gateway.url).port));
  keystoreFile = join(temporaryFolder(), 'keystore.json');
  keystore = new FileKeystore(keystoreFile);
});
afterEach(async () => {
  await network.close();
  await gateway.stop();
});

/** The app after a start: it knows what the keystore holds, and nothing else. */
function start(options: Partial<ConstructorParameters<typeof MobileSession>[0]> = {}): MobileSession {
  const gatewayUrl = `http://127.0.0.1:${network.port}`;
  return new MobileSession({ gatewayUrl, keystore, retryDelaysMs: patient, ...options });
}

async function loggedIn(): Promise<MobileSession> {
  const app = start();
  await app.login('demo', gateway.demoPassword);
  return app;
}

const me = () => `http://127.0.0.1:${network.port}/api/auth/me`;
const statusOfMe = async (app: MobileSession) => (await app.fetch(me())).status;
const storedToken = async () => (await keystore.read())?.refreshToken;

/** How many requests of a route the gateway has answered. */
function count(route: string): number {
  const lines = gateway.logs().trim().split('\n').filter(Boolean);
  const requests = lines.map((line) => objectOf(JSON.parse(line))).filter(({ msg }) => msg === 'request');
  return requests.filter((line) => line['route'] === `/api/auth/${route}`).length;
}

/** Of the person, without the one that is opened and ended here to count them. */
async function liveSessions(): Promise<number> {
  const client = new Client(gateway.url);
  const login = await client.login('demo', gateway.demoPassword);
  const headers = { authorization: `Bearer ${textOf(login.data, 'access_token')}` };
  const { data } = (await client.request('/api/auth/sessions', { headers })).body;
  await client.logout(cookieOf(login));
  if (!Array.isArray(data)) throw new Error('no list of sessions');
  return data.length - 1;
}

describe('npm start in examples/mobile', () => {
  it('tells the whole story, each part of which it checks itself', async () => {
    const told = await run('npm', ['start'], { cwd: folder });
    expect(told.match(/^- .*/gm)).toEqual([
      expect.stringContaining('is in the keystore'),
      expect.stringContaining('Five requests at once waited for one refresh'),
      expect.stringContaining('was presented again'),
      expect.stringContaining('The session goes on in the next one'),
      expect.stringContaining('Nobody was logged out by that'),
      expect.stringContaining('also after a restart'),
      expect.stringContaining('and the gateway knows'),
    ]);
  });
});

describe('a session on a phone', () => {
  it('goes on after a restart, with one refresh for all who wait', async () => {
    await loggedIn();
    const first = await storedToken();
    const app = start();
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOfMe(app)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(count('refresh')).toBe(1);
    expect(await storedToken()).not.toBe(first);
  });

  it('survives an answer that was lost, also when the app ends then and comes back much later', async () => {
    await loggedIn();
    const old = await storedToken();
    network.mode = 'reset-answer';
    const pending = start({ retryDelaysMs: [] });
    await expect(statusOfMe(pending)).rejects.toBeInstanceOf(Unreachable);
    await eventually(() => count('refresh') === 1, 30_000);
    expect(await storedToken()).toBe(old);

    network.mode = 'pass';
    // Past REFRESH_GRACE_SECONDS the same successor is not given again: this is a new branch.
    gateway.clock.advance(3_600_000);
    const app = start();
    expect(await statusOfMe(app)).toBe(200);
    expect(await statusOfMe(start())).toBe(200);
    expect(gateway.logs()).not.toContain('REFRESH_TOKEN_REUSED');
    expect(await liveSessions()).toBe(1);
  });

  it('presents the same token again by itself when the answer is lost', async () => {
    await loggedIn();
    network.mode = 'reset-answer';
    const status = statusOfMe(start());
    await eventually(() => count('refresh') > 0, 30_000);
    network.mode = 'pass';
    expect(await status).toBe(200);
    expect(gateway.logs()).not.toContain('REFRESH_TOKEN_REUSED');
  });

  it('survives that the new token could not be kept', async () => {
    await loggedIn();
    const old = await storedToken();
    // Where the new content would be written there is something that cannot be taken away.
    mkdirSync(`${keystoreFile}.new`);
    const app = start();
    await expect(statusOfMe(app)).rejects.toHaveProperty('code');
    expect(await storedToken()).toBe(old);
    rmdirSync(`${keystoreFile}.new`);
    expect(await statusOfMe(app)).toBe(200);
    expect(await storedToken()).not.toBe(old);
    expect(await statusOfMe(start())).toBe(200);
  });

  it('renews a token that has ended, once', async () => {
    const app = await loggedIn();
    expect(await statusOfMe(app)).toBe(200);
    expect(count('refresh')).toBe(0);
    // The phone's own clock knows nothing of that, as after a sleep.
    gateway.clock.advance(1_000_000);
    expect(await Promise.all([1, 2, 3].map(() => statusOfMe(app)))).toEqual([200, 200, 200]);
    expect(count('refresh')).toBe(1);
  });

  it('is over when the gateway says so', async () => {
    const app = await loggedIn();
    const ended = await app.fetch(me().replace('/me', '/sessions'), { method: 'DELETE' });
    expect(ended.status).toBe(200);
    await expect(statusOfMe(app)).rejects.toBeInstanceOf(LoggedOut);
    expect([await app.isLoggedIn(), readdirSync(join(keystoreFile, '..'))]).toEqual([false, []]);
  });

  it('is not opened by a wrong password', async () => {
    await expect(start().login('demo', 'wrong')).rejects.toBeInstanceOf(LoginRefused);
    expect(await start().isLoggedIn()).toBe(false);
  });

  it('gives its token to nobody else', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    try {
      await loggedIn();
      await start().fetch(`${origin}/foreign`);
      await start({ apiOrigins: [origin] }).fetch(`${origin}/own`);
      expect(seen).toEqual([undefined, expect.stringMatching(/^Bearer eyJ/)]);
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });
});

describe('an answer that says nothing about the session', () => {
  it.each([
    ['too many requests', 429, '{"status":"error","code":"TOO_MANY_REQUESTS"}'],
    ['an outage', 503, '{"status":"error","code":"STORE_UNAVAILABLE"}'],
    ['a page of a hotel', 200, '<html>Welcome</html>'],
    ['a refusal of a proxy', 401, '{"error":"proxy"}'],
    ['a JSON of somebody else', 200, 'null'],
  ])('leaves everybody logged in: %s', async (_what, status, body) => {
    await loggedIn();
    const inBetween = createServer((_request, response) => void response.writeHead(status).end(body));
    await new Promise<void>((resolve) => inBetween.listen(0, '127.0.0.1', resolve));
    const gatewayUrl = `http://127.0.0.1:${(inBetween.address() as AddressInfo).port}`;
    const held = await storedToken();
    try {
      const app = start({ gatewayUrl, retryDelaysMs: [] });
      await expect(app.accessToken()).rejects.toBeInstanceOf(Unreachable);
      expect(await app.isLoggedIn()).toBe(true);
      expect(await storedToken()).toBe(held);
      // Nor does it settle a logout.
      await expect(app.logout()).resolves.toBe(false);
      expect((await keystore.read())?.isLogoutOwed).toBe(true);
    } finally {
      inBetween.closeAllConnections();
      inBetween.close();
    }
    expect(await start().logout()).toBe(true);
    expect(await liveSessions()).toBe(0);
  });
});

describe('a logout', () => {
  it('without a network holds at once and after a restart, and is told later', async () => {
    const app = await loggedIn();
    network.mode = 'close';
    network.endAll();
    expect(await app.logout()).toBe(false);
    for (const one of [app, start()]) {
      expect(await one.isLoggedIn()).toBe(false);
      await expect(statusOfMe(one)).rejects.toBeInstanceOf(LoggedOut);
    }
    await expect(start().settle()).rejects.toBeInstanceOf(Unreachable);
    expect(await liveSessions()).toBe(1);

    network.mode = 'pass';
    await start().settle();
    expect(await liveSessions()).toBe(0);
    expect(await keystore.read()).toBeUndefined();
  });

  it('ends the session also while a refresh is under way, whose answer brings nothing back', async () => {
    await loggedIn();
    const app = start();
    network.delayMs = 300;
    const status = statusOfMe(app);
    const refused = expect(status).rejects.toBeInstanceOf(LoggedOut);
    await eventually(() => count('refresh') === 1, 30_000);
    expect(await app.logout()).toBe(true);
    await refused;
    expect(await keystore.read()).toBeUndefined();
    expect(await liveSessions()).toBe(0);
  });

  it('comes after a new token that is just being kept', async () => {
    await loggedIn();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const events: string[] = [];
    const slow = {
      read: () => keystore.read(),
      clear: () => keystore.clear(),
      write: async (stored: Parameters<FileKeystore['write']>[0]) => {
        events.push(stored.isLogoutOwed ? 'logout' : 'token');
        if (!stored.isLogoutOwed) await gate;
        await keystore.write(stored);
        if (!stored.isLogoutOwed) events.push('token kept');
      },
    };
    const app = start({ keystore: slow });
    const status = statusOfMe(app);
    await eventually(() => events.includes('token'), 30_000);
    const logout = app.logout();
    release();
    expect(await logout).toBe(true);
    expect(events).toEqual(['token', 'token kept', 'logout']);
    await status.catch(() => undefined);
    await expect(statusOfMe(app)).rejects.toBeInstanceOf(LoggedOut);
    expect(await keystore.read()).toBeUndefined();
    expect(await liveSessions()).toBe(0);
  });

  it('is settled before the next login', async () => {
    const app = await loggedIn();
    network.mode = 'close';
    network.endAll();
    await app.logout();
    network.mode = 'pass';
    await app.login('demo', gateway.demoPassword);
    expect([await app.isLoggedIn(), await statusOfMe(app)]).toEqual([true, 200]);
    expect(await liveSessions()).toBe(1);
  });
});

describe('the keystore', () => {
  it('is a file of its owner alone, whatever an interrupted write has left', async () => {
    writeFileSync(`${keystoreFile}.new`, 'half', { mode: 0o644 });
    await keystore.write({ refreshToken: 'one', isLogoutOwed: false });
    expect(statSync(keystoreFile).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(keystoreFile, 'utf8'))).toEqual({
      refreshToken: 'one',
      isLogoutOwed: false,
    });
    expect(readdirSync(join(keystoreFile, '..'))).toEqual(['keystore.json']);
  });
});
