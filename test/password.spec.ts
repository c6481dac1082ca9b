import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { type Answer, Client, cookieOf, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let slapd: Slapd;
let samba: SambaAd;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  [slapd, samba] = await Promise.all([startSlapd(), startSambaAd()]);
}, 180_000);
afterEach(() => gateway.stop());
afterAll(() => Promise.all([slapd.remove(), samba.remove()]));

async function startOn(variables: Readonly<Record<string, string>>): Promise<void> {
  gateway = await startGateway({
    ...{ RATE_LIMIT_AUTH_MAX: '100', PASSWORD_MIN_LENGTH: '1', STRATEGIES: 'ldap' },
    ...variables,
  });
  client = new Client(gateway.url);
}

function onSlapd(): Promise<void> {
  return startOn({ ...slapd.variables, LDAP_URL: slapd.ldapsUrl });
}

function onSamba(): Promise<void> {
  return startOn({
    LDAP_URL: samba.ldapsUrl,
    LDAP_TLS_CA_FILE: samba.caFile,
    LDAP_BASE_DN: samba.baseDn,
    LDAP_BIND_DN: `${domainUsers.gateway.account}@${samba.domain}`,
    LDAP_BIND_PASSWORD: domainUsers.gateway.password,
  });
}

function change(
  usuario: string,
  contrasenia: string,
  nueva_contrasenia: string,
  token?: string,
): Promise<Answer> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return client.request('/api/auth/password', {
    method: 'POST',
    body: { usuario, contrasenia, nueva_contrasenia },
    headers,
  });
}

describe('POST /api/auth/password against OpenLDAP', () => {
  it('leads somebody who must change the password through it', async () => {
    await onSlapd();
    const { uid, password } = policyPeople.mustChanger;
    const barred = await client.login(uid, password);
    expect([barred.status, barred.body['code']]).toEqual([403, 'PASSWORD_MUST_CHANGE']);
    const changed = await change(uid, password, 'brand-new-Secret-1');
    expect(changed.text).toBe('{"status":"success","message":"Contraseña cambiada","data":null}');
    expect((await client.login(uid, 'brand-new-Secret-1')).status).toBe(200);
    expect((await client.login(uid, password)).status).toBe(401);
  });

  it('ends the other sessions of the person and not the one at work', async () => {
    await onSlapd();
    const { uid, password } = policyPeople.changer;
    const here = await client.login(uid, password);
    const there = await client.login(uid, password);
    const bystander = await client.login('alice', people.alice.password);
    gateway.clock.advance(1);
    const token = textOf(here.data, 'access_token');
    // The directory locks after three; a stranger would have no try after this one.
    expect((await change(uid, 'a slip', 'brand-new-Secret-2', token)).body['code']).toBe('UNAUTHORIZED');
    expect((await change(uid, password, 'brand-new-Secret-2', token)).status).toBe(200);
    expect((await client.me(token)).status).toBe(200);
    expect((await client.refresh(cookieOf(here))).status).toBe(200);
    expect((await client.me(textOf(there.data, 'access_token'))).body['code']).toBe('INVALID_TOKEN');
    expect((await client.refresh(cookieOf(there))).body['code']).toBe('REFRESH_TOKEN_INVALID');
    expect((await client.me(textOf(bystander.data, 'access_token'))).status).toBe(200);
  });

  it('spares the session of the cookie, too', async () => {
    await onSlapd();
    const { uid, password } = policyPeople.graceChanger;
    const here = await client.login(uid, password);
    const body = { usuario: uid, contrasenia: password, nueva_contrasenia: 'brand-new-Secret-6' };
    const headers = { cookie: cookieOf(here) };
    expect((await client.request('/api/auth/password', { method: 'POST', body, headers })).status).toBe(200);
    expect((await client.refresh(cookieOf(here))).status).toBe(200);
  });

  it('gives the policy’s reason, refuses a wrong old password, and names missing fields', async () => {
    await onSlapd();
    const { uid, password } = policyPeople.tooYoung;
    const short = await change(uid, password, 'short');
    expect([short.status, short.body['code']]).toEqual([422, 'PASSWORD_REJECTED']);
    const wrong = await change(uid, 'wrong', 'brand-new-Secret-3');
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'UNAUTHORIZED']);
    const missing = await client.request('/api/auth/password', { method: 'POST', body: { username: uid } });
    expect(missing.body['errors']).toEqual([
      { campo: 'password', error: 'es obligatorio' },
      { campo: 'new_password', error: 'es obligatorio' },
    ]);
    for (const secret of [password, 'brand-new-Secret-3']) expect(gateway.logs()).not.toContain(secret);
    expect(gateway.logs()).toContain('"event":"password_change"');
  });

  it('counts as a login', async () => {
    await startOn({ ...slapd.variables, RATE_LIMIT_AUTH_MAX: '2' });
    expect((await change('alice', 'wrong', 'x')).status).toBe(401);
    expect((await client.login('alice', 'wrong')).status).toBe(401);
    expect((await change('alice', people.alice.password, 'brand-new-Secret-4')).status).toBe(429);
  });

  it('says what a login knows of the password', async () => {
    await onSlapd();
    const { uid, password } = policyPeople.warn;
    const login = await client.login(uid, password);
    expect(login.data['password']).toMatchObject({ must_change: false });
    const seconds = Number(objectOf(login.data['password'])['seconds_until_expiration']);
    expect(seconds).toBeGreaterThan(86_400);
    expect(seconds).toBeLessThanOrEqual(2 * 86_400);
  });
});

describe('POST /api/auth/password against Active Directory', () => {
  it.each([
    ['must change it', domainUsers.mustChanger, 'PASSWORD_MUST_CHANGE', 'Brand-New-1!'],
    ['let it expire', domainUsers.expiredChanger, 'PASSWORD_EXPIRED', 'Brand-New-2!'],
  ])('leads somebody who %s through it', async (_case, { account, password }, code, next) => {
    await onSamba();
    const barred = await client.login(account, password);
    expect([barred.status, barred.body['code']]).toEqual([403, code]);
    expect((await change(account, 'wrong', next)).body['code']).toBe('UNAUTHORIZED');
    const short = await change(account, password, 'x');
    expect([short.status, short.body['code']]).toEqual([422, 'PASSWORD_REJECTED']);
    expect((await change(account, password, next)).status).toBe(200);
    expect((await client.login(account, next)).status).toBe(200);
  });
});

describe('a source that cannot change passwords', () => {
  it('says so', async () => {
    await startOn({ STRATEGIES: '' });
    const answer = await change('demo', gateway.demoPassword, 'brand-new-Secret-5');
    expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN']);
    expect(answer.body['message']).toBe('La contraseña no se puede cambiar aquí');
  });
});
