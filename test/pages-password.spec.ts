import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { type RunningGateway, startGateway } from './support/gateway';
import { elementWithId, formAction, PageVisitor } from './support/page-visitor';

jest.setTimeout(120_000);

let slapd: Slapd;
let gateway: RunningGateway;
let visitor: PageVisitor;

beforeAll(async () => {
  slapd = await startSlapd();
  gateway = await startGateway({
    ...{ RATE_LIMIT_AUTH_MAX: '1000', DEFAULT_LOCALE: 'en', STRATEGIES: 'ldap' },
    ...{ ...slapd.variables, LDAP_URL: slapd.ldapsUrl },
  });
});
beforeEach(() => {
  visitor = new PageVisitor(gateway.url);
});
afterAll(async () => {
  await gateway.stop();
  await slapd.remove();
});

const english = { 'accept-language': 'en' };
const newPassword = 'brand-New-Cnry-1';

function passwords(old_password: string, new_password: string, repeat_password = new_password) {
  return { old_password, new_password, repeat_password };
}

describe('a password that keeps its owner from logging in', () => {
  it('leads to the form that changes it, then in and back', async () => {
    const { uid, password } = policyPeople.mustChanger;
    const page = await visitor.post('/login?return_to=%2Faccount%3Fx&lang=es', { username: uid, password });
    expect(page.status).toBe(403);
    expect(page.text).toContain('<h1>Cambiar la contraseña</h1>');
    expect(page.text).toContain('Tienes que cambiar la contraseña.');
    expect(elementWithId(page.text, 'username')).toContain(`value="${uid}"`);
    expect(elementWithId(page.text, 'old_password')).toMatch(/autocomplete="current-password".*autofocus/);
    expect(page.text).not.toContain(password);
    const action = formAction(page.text);
    expect(action).toBe('/password?return_to=%2Faccount%3Fx&lang=es');

    const form = { username: uid, ...passwords(password, newPassword) };
    const different = await visitor.post(action, { ...form, repeat_password: 'something-else' });
    expect(different.status).toBe(400);
    expect(different.text).toContain('La contraseña repetida no es igual a la contraseña nueva.');
    const short = await visitor.post(action, { username: uid, ...passwords(password, 'short') });
    expect(short.status).toBe(422);
    expect(short.text).toContain('La nueva contraseña tiene menos de 8 caracteres');
    expect(elementWithId(short.text, 'new_password')).toMatch(
      /autofocus.*aria-describedby="fault new_password-hint"/,
    );
    // Of somebody else: few wrong tries bar an account under this policy.
    const guess = { username: people.bob.uid, ...passwords('wrong-Cnry-old', newPassword) };
    const wrong = await visitor.post(action, guess);
    expect([wrong.status, formAction(wrong.text)]).toEqual([401, action]);
    expect(elementWithId(wrong.text, 'old_password')).toMatch(/autofocus.*aria-describedby="fault"/);

    const changed = await visitor.post(action, form);
    expect([changed.status, changed.headers.get('location')]).toEqual([303, '/account?x']);
    const me = await visitor.get('/api/auth/me');
    expect([me.status, me.text.includes(`"username":"${uid}"`)]).toEqual([200, true]);
    expect(gateway.logs()).toMatch(/"event":"password_change","outcome":"success","door":"page"/);
    const told = gateway.logs() + [different, short, wrong, changed].map(({ text }) => text).join();
    for (const typed of [password, newPassword, 'wrong-Cnry-old']) expect(told).not.toContain(typed);
  });

  it('is told apart from one that has expired', async () => {
    const { uid, password } = policyPeople.expired;
    const page = await visitor.post('/login', { username: uid, password }, english);
    expect([page.status, page.text.includes('Your password has expired.')]).toEqual([403, true]);
  });
});

describe('a password that expires soon', () => {
  it('is spoken of once after the login, on the way to where the person wants to go', async () => {
    const { uid, password } = policyPeople.warn;
    const login = await visitor.post('/login?return_to=%2Faccount%3Fx', { username: uid, password });
    const address = login.headers.get('location') ?? '';
    // Two days when the directory began, which may be less than a second ago.
    expect(address).toMatch(/^\/password\/notice\?days=[12]&return_to=%2Faccount%3Fx$/);
    const notice = await visitor.get(address, english);
    const left = address.includes('days=1') ? '1 day' : '2 days';
    expect([login.status, notice.text.includes(`Your password expires in ${left}.`)]).toEqual([303, true]);
    expect(notice.text).toContain('href="/account?x"');
    expect(notice.text).toContain('href="/password?return_to=%2Faccount%3Fx"');
    expect((await visitor.get('/login?return_to=%2Faccount')).headers.get('location')).toBe('/account');
    for (const days of ['14', '-1', '1e1', '999', 'x', '']) {
      const odd = await visitor.get(`/password/notice?days=${days}`);
      expect([odd.status, odd.headers.get('location')]).toEqual([303, '/account']);
    }
  });
});

describe('somebody who is logged in', () => {
  it('changes the password without a new login; other sessions end', async () => {
    const { uid, password } = policyPeople.changer;
    const other = new PageVisitor(gateway.url);
    await other.post('/login', { username: uid, password });
    await visitor.post('/login', { username: uid, password });
    const session = visitor.cookies.get('gatehouse_session');
    const page = await visitor.get('/password', english);
    expect(elementWithId(page.text, 'username')).toMatch(
      /value="changer".*readonly|readonly.*value="changer"/,
    );
    const form = { username: uid, ...passwords(password, newPassword) };
    const changed = await visitor.post('/password?lang=en', form);
    expect([changed.status, changed.headers.get('location')]).toEqual([303, '/account?changed=&lang=en']);
    expect(visitor.cookies.get('gatehouse_session')).toBe(session);
    expect((await visitor.get('/api/auth/me')).status).toBe(200);
    expect((await other.get('/api/auth/me')).status).toBe(401);
  });
});

describe('while the directory is down', () => {
  it('a login is 503 with the name kept, and says when to come back', async () => {
    await slapd.stop();
    const typed = { username: 'alice', password: 'alice-secret' };
    const page = await visitor.post('/login', typed, english).finally(() => slapd.start());
    expect(page.status).toBe(503);
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(page.text).toContain('This is not possible right now.');
    expect(elementWithId(page.text, 'username')).toContain('value="alice"');
    expect(page.text).not.toContain('alice-secret');
  });
});
