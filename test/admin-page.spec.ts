import { type JsonObject, objectOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { startSlapd } from './servers/slapd';
import { eventually } from './support/ldap-logins';
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
import { PageVisitor } from './support/page-visitor';

jest.setTimeout(120_000);

let env: Readonly<Record<string, string>>;
let gateway: RunningGateway;
let bob: PageVisitor;
const running: RunningGateway[] = [];

beforeAll(async () => {
  env = await pagePeople();
});
beforeEach(() => start());
afterEach(() => Promise.all(running.splice(0).map((one) => one.stop())));

async function start(more: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway({ ...env, ...more });
  running.push(gateway);
  bob = await loggedIn(gateway.url, 'bob');
}

/** One device after the other, so that the order of their last use is sure. */
async function device(username: string, userAgent = firefox): Promise<PageVisitor> {
  gateway.clock.advance(2000);
  return loggedIn(gateway.url, username, userAgent);
}

async function isIn(visitor: PageVisitor): Promise<boolean> {
  return (await visitor.get('/account')).status === 200;
}

function ended(): JsonObject[] {
  const lines = gateway.logs().split('\n').filter(Boolean);
  return lines.map((line) => objectOf(JSON.parse(line))).filter(({ event }) => event === 'session_end');
}

describe('GET /admin', () => {
  it('is for bearers of ADMIN_ROLE alone', async () => {
    const stranger = await new PageVisitor(gateway.url).get('/admin?user=alice');
    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      '/login?return_to=%2Fadmin%3Fuser%3Dalice',
    ]);
    const alice = await device('alice');
    for (const path of ['/admin', '/admin?user=bob']) {
      const page = await alice.get(path);
      expect(page.status).toBe(403);
      expect(page.text).toContain('You do not have access to this page.');
      expect(page.text).not.toContain(subjects.bob);
      expect(page.text).not.toContain('users file');
    }
    expect((await bob.get('/admin')).status).toBe(200);
    await start({ ADMIN_ROLE: '' });
    expect((await bob.get('/admin')).status).toBe(403);
  });

  it('finds a person by login name or subject', async () => {
    await device('alice', chromeOnAndroid);
    for (const user of ['alice', ' ALICE ', subjects.alice]) {
      const page = await bob.get(`/admin?user=${encodeURIComponent(user)}&lang=en`);
      for (const text of ['Alice Ángström', subjects.alice, 'Chrome on Android', 'Log out everywhere'])
        expect(page.text).toContain(text);
      expect(idsIn(page.text)).toHaveLength(1);
      const kept = new URLSearchParams({ user: user.trim(), lang: 'es' }).toString();
      expect(page.text).toContain(`href="/admin?${kept.replaceAll('&', '&amp;')}"`);
    }
    const nobody = await bob.get('/admin?user=nobody');
    expect(nobody.text).toContain('Nobody is logged in by this name.');
    expect((await bob.get('/admin?user=')).text).not.toContain('Nobody is logged in');
    for (const query of [`user=${'x'.repeat(1025)}`, 'user=a&user=b'])
      expect((await bob.get(`/admin?${query}`)).status).toBe(400);
  });

  it('shows names, agents and what was looked for as text', async () => {
    await device('mallory', markup);
    const pages = [
      await bob.get('/admin?user=mallory'),
      await bob.get(`/admin?user=${encodeURIComponent(markup)}`),
    ];
    for (const { text } of pages) {
      expect(text).not.toContain('<img');
      expect(text).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;>');
    }
  });

  it('says how the sources are, in words, and without secrets', async () => {
    const file = await bob.get('/admin?lang=es');
    expect(file.text).toMatch(/<h3>file <span class="mark up">Funciona\.<.*<h4>users file<\/h4>.*En uso/s);
    const slapd = await startSlapd();
    try {
      await start({ ...slapd.variables, STRATEGIES: 'file,ldap', LDAP_URL: slapd.url });
      expect((await bob.get('/admin')).text).toContain('Has not been asked anything yet');
      const wrong = { username: 'alice', password: 'wrong' };
      await new PageVisitor(gateway.url).post('/login', wrong);
      expect((await bob.get('/admin')).text).toMatch(/ldap <span class="mark up">Works\..*Open connections/s);
      await slapd.stop();
      await eventually(async () => {
        await new PageVisitor(gateway.url).post('/login', wrong);
        return /<h3>ldap <span class="mark down">Does not answer/.test((await bob.get('/admin')).text);
      }, 60_000);
      const { text } = await bob.get('/admin');
      expect(text).toContain(new URL(slapd.url).host);
      expect(text).toMatch(/<dt>Last failure<\/dt><dd dir="auto"><span lang="en">[^<]{5,}</);
      for (const secret of [slapd.variables['LDAP_BIND_PASSWORD'] ?? '?', pagePassword])
        expect(text).not.toContain(secret);
    } finally {
      await slapd.remove();
    }
  });
});

describe('ending the sessions of others', () => {
  it('ends one, and the trail says who did it', async () => {
    const phone = await device('alice', chromeOnAndroid);
    const desk = await device('alice');
    const [, id = ''] = idsIn((await bob.get('/admin?user=alice')).text);
    const answer = await bob.post('/admin/end?user=alice&lang=es', { id });
    const location = '/admin?user=alice&done=ended&lang=es';
    expect([answer.status, answer.headers.get('location')]).toEqual([303, location]);
    expect((await bob.get(location)).text).toContain('La sesión se ha cerrado.');
    expect([await isIn(phone), await isIn(desk)]).toEqual([false, true]);
    const actor = { actor: subjects.bob, cause: 'administrator', door: 'page' };
    expect(ended()).toEqual([expect.objectContaining({ ...actor, subject: subjects.alice, sessionId: id })]);

    const gone = await bob.post('/admin/end?user=alice', { id });
    expect([gone.status, gone.text.includes('There is no such session any more.')]).toEqual([404, true]);
    expect((await bob.post('/admin/end', {})).status).toBe(400);
    expect(ended()).toHaveLength(1);
  });

  it('ends all of one person', async () => {
    const devices = [await device('alice', chromeOnAndroid), await device('alice')];
    const answer = await bob.post('/admin/end-all?user=alice', { subject: subjects.alice });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin?user=alice&done=all']);
    for (const one of devices) expect(await isIn(one)).toBe(false);
    expect(await isIn(bob)).toBe(true);
    const actor = { actor: subjects.bob, cause: 'administrator', door: 'page', subject: subjects.alice };
    expect(ended()).toEqual([expect.objectContaining(actor), expect.objectContaining(actor)]);
    expect((await bob.get('/admin?user=alice&done=all')).text).toContain('The sessions have ended.');
    expect((await bob.post('/admin/end-all', {})).status).toBe(400);
  });

  it('is refused to everybody else', async () => {
    const alice = await device('alice');
    const [id = ''] = idsIn((await bob.get('/admin?user=bob')).text);
    expect((await alice.post('/admin/end', { id })).status).toBe(403);
    expect((await alice.post('/admin/end-all', { subject: subjects.bob })).status).toBe(403);
    const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await bob.post('/admin/end', { id }, forged)).status).toBe(403);
    const stranger = await new PageVisitor(gateway.url).post('/admin/end', { id });
    expect(stranger.headers.get('location')).toBe('/login?again=&return_to=%2Fadmin');
    expect(ended()).toEqual([]);
    expect(await isIn(bob)).toBe(true);
  });

  it('asks an administrator for a new login where theirs is too old', async () => {
    await start({ SESSIONS_REAUTH_SECONDS: '300' });
    const alice = await device('alice');
    const [id = ''] = idsIn((await bob.get('/admin?user=alice')).text);
    gateway.clock.advance(301_000);
    for (const [path, form] of [
      ['/admin/end', { id }],
      ['/admin/end-all', { subject: subjects.alice }],
    ] as const) {
      const led = await bob.post(path, form);
      expect(led.headers.get('location')).toBe('/login?again=&return_to=%2Fadmin');
    }
    expect(await isIn(alice)).toBe(true);
  });
});
