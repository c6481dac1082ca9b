import { createRemoteJWKSet, jwtVerify } from 'jose';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { startUpstream, type Upstream } from './servers/upstream';
import { type Answer, Client, cookieOf, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';

const maria = { name: 'maria', password: 'contraseña de maría' };

let slapd: Slapd;
let upstream: Upstream;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  slapd = await startSlapd();
  upstream = await startUpstream();
});
afterAll(async () => {
  await slapd.remove();
  await upstream.stop();
});

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  const patience = {
    LDAP_CONNECT_TIMEOUT_MS: '1000',
    LDAP_OPERATION_TIMEOUT_MS: '1000',
    LDAP_PROBE_INTERVAL_MS: '100',
    EXTERNAL_AUTH_TIMEOUT_MS: '1000',
  };
  gateway = await startGateway({ ...slapd.variables, EXTERNAL_AUTH_URL: upstream.url, ...patience, ...env });
  client = new Client(gateway.url);
}

/** Login, /me, refresh, logout, refresh refused; the token verified by the key set alone. */
async function expectWholeSession(name: string, password: string, subject: RegExp): Promise<Answer> {
  const login = await client.login(name, password);
  expect(login.status).toBe(200);
  const token = textOf(login.data, 'access_token');
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gateway.url));
  const { payload } = await jwtVerify(token, keys, { audience: 'gatehouse', typ: 'at+jwt' });
  expect(payload.sub).toMatch(subject);
  const me = await client.me(token);
  expect(objectOf(me.data['user'])['sub']).toBe(payload.sub);
  const refreshed = await client.refresh(cookieOf(login));
  expect(refreshed.status).toBe(200);
  expect((await client.logout(cookieOf(refreshed))).status).toBe(200);
  expect((await client.refresh(cookieOf(refreshed))).body['code']).toBe('REFRESH_TOKEN_INVALID');
  return login;
}

function expectOutage(answer: Answer): void {
  expect([answer.status, answer.body['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

describe('the ldap strategy in the whole gateway', () => {
  afterEach(() => gateway.stop());

  it('serves a whole session over ldap://', async () => {
    await start({ STRATEGIES: 'ldap' });
    const login = await expectWholeSession('alice', people.alice.password, /^ldap:[0-9a-f-]{36}$/);
    expect(login.data['user']).toMatchObject({
      username: 'alice',
      name: 'Alice Ångström',
      groups: ['engineers'],
    });
  });

  it('serves a whole session over ldaps:// with its own CA', async () => {
    await start({ STRATEGIES: 'ldap', LDAP_URL: slapd.ldapsUrl });
    await expectWholeSession('jürgen', people.juergen.password, /^ldap:/);
  });

  it('tells a wrong password from a stopped directory', async () => {
    await start({ STRATEGIES: 'ldap' });
    expect((await client.login('alice', 'wrong')).body['code']).toBe('UNAUTHORIZED');
    expect((await client.login('nobody', 'wrong')).body['code']).toBe('UNAUTHORIZED');
    await slapd.stop();
    try {
      expectOutage(await client.login('alice', people.alice.password));
      expectOutage(await client.login('alice', 'wrong'));
    } finally {
      await slapd.start();
    }
    await eventually(async () => (await client.login('alice', people.alice.password)).status === 200);
  });

  it('does not start with demo users or a missing base', async () => {
    await start({ STRATEGIES: 'ldap' });
    expect(gateway.demoPassword).toBe('');
    await expect(startGateway({ STRATEGIES: 'ldap', LDAP_URL: slapd.url })).rejects.toThrow('LDAP_BASE_DN');
  });

  it('sees changed groups at a refresh and ends the session of somebody who is locked', async () => {
    await start({ STRATEGIES: 'ldap' });
    const login = await client.login('bob', people.bob.password);
    const group = 'cn=engineers,ou=groups,dc=example,dc=org';
    await slapd.modify(`dn: ${group}\nchangetype: modify\nadd: member\nmember: ${people.bob.dn}\n`);
    gateway.clock.advance(301_000);
    const refreshed = await client.refresh(cookieOf(login));
    const me = await client.me(textOf(refreshed.data, 'access_token'));
    expect(objectOf(me.data['user'])['groups']).toContain('engineers');

    await slapd.stop();
    gateway.clock.advance(301_000);
    const stale = await client.refresh(cookieOf(refreshed));
    expect(stale.status).toBe(200);
    const [, payload = ''] = textOf(stale.data, 'access_token').split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ identity_stale: true });
    gateway.clock.advance(3_601_000);
    expectOutage(await client.refresh(cookieOf(stale)));
    await slapd.start();

    await slapd.modify(
      `dn: ${people.bob.dn}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`,
    );
    const refreshCode = async () => (await client.refresh(cookieOf(stale))).body['code'];
    // Until a probe has seen the directory again, it counts as down.
    await eventually(async () => (await refreshCode()) !== 'SERVICE_UNAVAILABLE');
    expect(await refreshCode()).toBe('REFRESH_TOKEN_INVALID');
    await slapd.modify(`dn: ${people.bob.dn}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
    expect((await client.refresh(cookieOf(stale))).body['code']).toBe('REFRESH_TOKEN_INVALID');
  });
});

describe('the external strategy in the whole gateway', () => {
  afterEach(async () => {
    upstream.behave();
    await gateway.stop();
  });

  it('serves a whole session', async () => {
    await start({ STRATEGIES: 'external' });
    await expectWholeSession(maria.name, maria.password, /^external:1042$/);
  });

  it('ends a session after a day, because the service cannot be asked again', async () => {
    await start({ STRATEGIES: 'external' });
    let cookie = cookieOf(await client.login(maria.name, maria.password));
    for (let hour = 1; hour < 24; hour++) {
      gateway.clock.advance(3_600_000);
      cookie = cookieOf(await client.refresh(cookie));
    }
    gateway.clock.advance(3_600_000);
    expect((await client.refresh(cookie)).body['code']).toBe('REFRESH_TOKEN_EXPIRED');
  });

  it('tells a wrong password from a stopped service', async () => {
    await start({ STRATEGIES: 'external' });
    expect((await client.login(maria.name, 'wrong')).body['code']).toBe('UNAUTHORIZED');
    await upstream.stop();
    try {
      expectOutage(await client.login(maria.name, maria.password));
    } finally {
      await upstream.start();
    }
    expect((await client.login(maria.name, maria.password)).status).toBe(200);
  });
});

describe('several strategies', () => {
  afterEach(() => gateway.stop());

  it('are tried in order, and a strategy can be chosen', async () => {
    await start({ STRATEGIES: 'ldap,external' });
    const userOf = async (body: object) =>
      objectOf((await client.request('/api/auth/login', { method: 'POST', body })).data['user'])['strategy'];
    expect(await userOf({ usuario: 'alice', contrasenia: people.alice.password })).toBe('ldap');
    expect(await userOf({ usuario: maria.name, contrasenia: maria.password })).toBe('external');
    const chosen = { usuario: maria.name, contrasenia: maria.password, strategy: 'ldap' };
    expect(await userOf(chosen)).toBeUndefined();
  });

  it('do not turn an outage into a refusal, and do not ask further', async () => {
    await start({ STRATEGIES: 'ldap,external' });
    const asked = upstream.requests.length;
    await slapd.stop();
    try {
      expectOutage(await client.login(maria.name, maria.password));
      expect(upstream.requests.length).toBe(asked);
    } finally {
      await slapd.start();
    }
  });
});

describe('secrets', () => {
  it('appear in no log line, whatever happens', async () => {
    await start({
      STRATEGIES: 'ldap,external',
      RATE_LIMIT_AUTH_MAX: '1000',
      LDAP_BIND_PASSWORD: slapd.bindPassword,
    });
    const canary = 'canary-Passw0rd-7f3a';
    const good = await client.login(maria.name, maria.password);
    const alice = await client.login('alice', people.alice.password);
    const refreshed = await client.refresh(cookieOf(alice));
    await client.refresh(cookieOf(alice));
    await client.me(`${textOf(alice.data, 'access_token')}x`);
    await client.login('alice', canary);
    await client.request('/api/auth/login', {
      method: 'POST',
      body: `{"usuario":"alice","contrasenia":"${canary}"`,
    });
    await client.request('/api/auth/login', {
      method: 'POST',
      body: { usuario: [canary], contrasenia: canary },
    });
    await client.request(`/api/auth/login?contrasenia=${canary}`, {
      method: 'POST',
      body: { usuario: 'a', contrasenia: canary },
    });
    await client.request(`/api/auth/signin?contrasenia=${canary}`);
    await client.request(`/api/auth/login/?contrasenia=${canary}`, {
      method: 'POST',
      body: { usuario: 'a' },
    });
    upstream.behave({ kind: 'reset' });
    await client.login(maria.name, canary);
    await slapd.stop();
    await client.login('alice', canary);
    await slapd.start();
    upstream.behave();
    await gateway.stop();
    const secrets = [
      canary,
      maria.password,
      people.alice.password,
      slapd.bindPassword,
      ...upstream.issuedTokens,
    ];
    const tokens = [good, alice, refreshed].flatMap((answer) => [
      textOf(answer.data, 'access_token'),
      cookieOf(answer),
    ]);
    const logs = gateway.logs();
    expect(logs).toContain('"audit":true');
    for (const secret of [...secrets, ...tokens.map((token) => token.slice(-43))])
      expect(logs).not.toContain(secret);
  });
});
