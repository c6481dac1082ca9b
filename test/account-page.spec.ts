import { SessionService } from '../src/sessions/session.service';
import { policyPeople, startSlapd } from './servers/slapd';
import { Client, type JsonObject, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import {
  chromeOnAndroid,
  firefox,
  idsIn,
  loggedIn,
  markup,
  pagePassword,
  pagePeople,
  subjects,
} from './support/page-people';
import { elementWithId, PageVisitor } from './support/page-visitor';

jest.setTimeout(120_000);

let env: Readonly<Record<string, string>>;
let gateway: RunningGateway;
const running: RunningGateway[] = [];

beforeAll(async () => {
  env = await pagePeople();
});
beforeEach(() => start());
afterEach(() => Promise.all(running.splice(0).map((one) => one.stop())));

async function start(more: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway({ ...env, ...more });
  running.push(gateway);
}

/** One device after the other, so that the order of their last use is sure. */
async function device(username: string, userAgent = firefox): Promise<PageVisitor> {
  gateway.clock.advance(2000);
  return loggedIn(gateway.url, username, userAgent);
}

/** What each door says to the cookies of a browser: the page, proxies, the API by its refresh cookie. */
async function doors(visitor: PageVisitor): Promise<number[]> {
  const bare = { accept: 'application/json' };
  const json = { ...bare, 'content-type': 'application/json' };
  return [
    (await visitor.get('/account')).status,
    (await visitor.get('/api/auth/verify', bare)).status,
    (await visitor.post('/api/auth/refresh', {}, json)).status,
  ];
}

function ended(): JsonObject[] {
  const lines = gateway.logs().split('\n').filter(Boolean);
  return lines.map((line) => objectOf(JSON.parse(line))).filter(({ event }) => event === 'session_end');
}

describe('GET /account', () => {
  it('leads strangers to the login page and back', async () => {
    const stranger = new PageVisitor(gateway.url);
    const led = await stranger.get('/account');
    expect([led.status, led.headers.get('location')]).toEqual([303, '/login?return_to=%2Faccount']);
    const spanish = await stranger.get('/account?lang=es');
    expect(spanish.headers.get('location')).toBe('/login?return_to=%2Faccount&lang=es');
    stranger.cookies.set('gatehouse_session', 'x'.repeat(44));
    expect((await stranger.get('/account')).status).toBe(303);
    const program = await stranger.get('/account', { accept: 'application/json' });
    expect([program.status, program.body['code']]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('says who somebody is and where they are logged in', async () => {
    await device('alice', chromeOnAndroid);
    const alice = await device('alice');
    gateway.clock.advance(3 * 60_000);
    const page = await alice.get('/account', { 'accept-language': 'en' });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none';style-src 'self'");
    expect(page.text).not.toMatch(/style="|<script|<style|\son\w+=|https?:\/\//);
    for (const text of ['Alice Ángström', 'alice@example.test', 'staff', 'Log out here', '127.0.0.1'])
      expect(page.text).toContain(text);
    expect(page.text).toMatch(
      /<bdi>Firefox on Linux<\/bdi><span class="mark">This device<.*Chrome on Android/s,
    );
    expect(page.text).toMatch(/<time datetime="\d{4}-\d\d-\d\dT[^"]+Z">3 minutes ago<\/time>/);
    expect(page.text).toMatch(/<time datetime="[^"]+Z">\d{1,2} \w+ \d{4}, \d\d:\d\d UTC<\/time>/);
    expect(idsIn(page.text)).toHaveLength(1);
    expect(page.text).not.toContain('href="/admin"');

    const spanish = await alice.get('/account?lang=es');
    expect(spanish.text).toContain('<h1>Tu cuenta</h1>');
    expect(spanish.text).toContain('Firefox en Linux');
    expect(spanish.text).toContain('action="/account/end?lang=es"');
    expect(spanish.text).toContain('href="/account?lang=en"');
    expect((await (await device('bob')).get('/account')).text).toContain('href="/admin"');
  });

  it('shows names and agents as text, folded and cut', async () => {
    const page = await (await device('mallory', `${markup}${'x'.repeat(200)}`)).get('/account');
    expect(page.text).not.toContain('<img');
    expect(page.text).not.toContain('\u202e');
    expect(page.text).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;>');
    expect(page.text).not.toContain('x'.repeat(61));
    expect(page.text).toContain('<summary>301</summary>');
    expect(page.text).toContain('and 101 more');
  });

  it('shows 50 sessions at most', async () => {
    await start({ SESSIONS_MAX_PER_PERSON: '60' });
    const alice = await device('alice');
    const sessions = gateway.app.get(SessionService, { strict: false });
    const [first] = await sessions.of(subjects.alice);
    if (!first) throw new Error('no session');
    for (let count = 0; count < 52; count++)
      await sessions.open(first.identity, first.client, { canReread: true });
    const page = await alice.get('/account');
    expect(page.text.match(/<h3>/g)).toHaveLength(50);
    expect(page.text).toContain('And 3 more, used longer ago.');
  });

  it('tells nothing to the token of a client that may not see sessions', async () => {
    await start({ OAUTH_CLIENTS: JSON.stringify([{ client_id: 'app' }]) });
    const body = { usuario: 'alice', contrasenia: pagePassword, client_id: 'app', token_delivery: 'body' };
    const login = await new Client(gateway.url).request('/api/auth/login', { method: 'POST', body });
    const authorization = `Bearer ${textOf(login.data, 'access_token')}`;
    const page = await new PageVisitor(gateway.url).get('/account', { authorization });
    expect(page.status).toBe(403);
    expect(page.text).not.toContain('alice@example.test');
  });

  it.each([
    ['PAGES=false', { PAGES: 'false' }],
    [
      'relay mode',
      {
        ...{ STRATEGIES: 'external', EXTERNAL_AUTH_MODE: 'relay', EXTERNAL_AUTH_URL: 'http://127.0.0.1:9' },
        ...{ USERS_FILE: '', ADMIN_ROLE: '', JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'app' },
      },
    ],
  ])('is not there with %s', async (_name, more) => {
    await start(more);
    for (const path of ['/account', '/admin']) {
      const answer = await new PageVisitor(gateway.url).get(path);
      expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
    }
  });
});

describe('ending sessions', () => {
  it('ends one: its browser is out at every door, and the trail says who did it', async () => {
    const lost = await device('alice', chromeOnAndroid);
    expect(await doors(lost)).toEqual([200, 200, 200]);
    const alice = await device('alice');
    const [id = ''] = idsIn((await alice.get('/account')).text);
    const answer = await alice.post('/account/end?lang=es', { id });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account?done=ended&lang=es']);
    const after = await alice.get('/account?done=ended&lang=es');
    expect(after.text).toContain('La sesión de ese dispositivo se ha cerrado.');
    expect(idsIn(after.text)).toEqual([]);
    expect(await doors(lost)).toEqual([303, 401, 401]);
    expect(ended()).toEqual([
      expect.objectContaining({ door: 'page', cause: 'own', sessionId: id, subject: subjects.alice }),
    ]);
    expect(ended()[0]).not.toHaveProperty('actor');
  });

  it('ends the others and keeps this one', async () => {
    const others = [await device('alice'), await device('alice', chromeOnAndroid)];
    const bob = await device('bob');
    const alice = await device('alice');
    const answer = await alice.post('/account/end-others', {});
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account?done=others']);
    for (const other of others) expect(await doors(other)).toEqual([303, 401, 401]);
    expect(await doors(alice)).toEqual([200, 200, 200]);
    expect(await doors(bob)).toEqual([200, 200, 200]);
    expect((await alice.get('/account?done=others')).text).toContain(
      'The other devices have been logged out.',
    );
    expect(ended()).toHaveLength(2);
  });

  it('knows no session of anybody else, and says so to a person', async () => {
    const alice = await device('alice');
    await device('alice');
    const [id = ''] = idsIn((await alice.get('/account')).text);
    const bob = await device('bob');
    for (const other of [id, 'x'.repeat(22), 'nothing']) {
      const answer = await bob.post('/account/end', { id: other });
      expect(answer.status).toBe(404);
      expect(answer.text).toContain('There is no such session any more.');
      expect(answer.text).toContain('href="/account?lang=es"');
    }
    expect((await bob.post('/account/end', {})).status).toBe(400);
    expect((await bob.post('/account/end', { id: 'x'.repeat(65) })).status).toBe(400);
    expect(idsIn((await alice.get('/account')).text)).toEqual([id]);
    expect(ended()).toEqual([]);
  });

  it('logs this browser out where the id is its own', async () => {
    const alice = await device('alice');
    const other = await device('alice');
    const [id = ''] = idsIn((await other.get('/account')).text);
    const answer = await alice.post('/account/end', { id });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login?out=']);
    expect([...alice.cookies.keys()]).toEqual(['gatehouse_device']);
    expect(await doors(other)).toEqual([200, 200, 200]);
  });

  it('is refused to forms of other sites, and to strangers', async () => {
    const alice = await device('alice');
    await device('alice');
    const [id = ''] = idsIn((await alice.get('/account')).text);
    const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    for (const path of ['/account/end', '/account/end-others', '/admin/end', '/admin/end-all'])
      expect((await alice.post(path, { id }, forged)).status).toBe(403);
    const json = await alice.post('/account/end', {}, { 'content-type': 'application/json' });
    expect(json.status).toBe(415);
    const stranger = await new PageVisitor(gateway.url).post('/account/end', { id });
    expect(stranger.headers.get('location')).toBe('/login?again=&return_to=%2Faccount');
    const opened = await alice.get('/account/end');
    expect([opened.status, opened.headers.get('allow')]).toEqual([405, 'POST']);
    expect(idsIn((await alice.get('/account')).text)).toEqual([id]);
  });

  it('leads through a login and back where the last one is too old', async () => {
    await start({ SESSIONS_REAUTH_SECONDS: '300' });
    await device('alice', chromeOnAndroid);
    const alice = await device('alice');
    gateway.clock.advance(301_000);
    const [id = ''] = idsIn((await alice.get('/account')).text);
    const led = await alice.post('/account/end', { id });
    const login = led.headers.get('location') ?? '';
    expect([led.status, login]).toEqual([303, '/login?again=&return_to=%2Faccount']);
    expect(elementWithId((await alice.get(login)).text, 'password')).not.toBe('');
    const back = await alice.post(login, { username: 'alice', password: pagePassword });
    expect(back.headers.get('location')).toBe('/account');
    expect((await alice.post('/account/end', { id })).headers.get('location')).toBe('/account?done=ended');
  });
});

it('never says what a link wants it to say', async () => {
  const alice = await device('alice');
  const page = await alice.get('/account?done=Your+bank+is+calling&changed=x');
  expect(page.text).not.toContain('bank is calling');
  expect(page.text).toContain('Your password has been changed.');
  expect((await alice.get('/account?done=constructor')).text).not.toContain('role="status"');
});

it('says how long the password still lives, until it is changed there', async () => {
  const slapd = await startSlapd();
  try {
    const idle = { REFRESH_TOKEN_TTL_SECONDS: '172800' };
    await start({
      ...slapd.variables,
      ...idle,
      STRATEGIES: 'ldap',
      USERS_FILE: '',
      LDAP_URL: slapd.ldapsUrl,
    });
    const { uid: username, password } = policyPeople.warn;
    const visitor = new PageVisitor(gateway.url);
    await visitor.post('/login', { username, password });
    expect((await visitor.get('/account')).text).toMatch(/Your password expires in (?:1 day|2 days)\./);
    gateway.clock.advance(36 * 60 * 60 * 1000);
    expect((await visitor.get('/account?lang=es')).text).toContain('le queda menos de un día.');
    const changed = 'brand-New-Secret-1';
    const form = { old_password: password, new_password: changed, repeat_password: changed };
    await visitor.post('/password', { username, ...form });
    const after = await visitor.get('/account?changed');
    expect(after.text).toContain('Your password has been changed.');
    expect(after.text).not.toMatch(/password expires|password has expired/);
  } finally {
    await slapd.remove();
  }
});
