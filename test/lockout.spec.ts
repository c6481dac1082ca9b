import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { cheapHash } from './support/cheap-hash';
import { join } from 'node:path';
import { startUpstream, type Upstream } from './servers/upstream';
import { type Answer, Client } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

jest.setTimeout(120_000);

const issuer = 'https://auth.example.org';
const loginPath = '/api/AuthJWT/Login';
const right = 'contraseña de maría';
const windowMs = 2_100_000;

let gateway: RunningGateway;
let upstream: Upstream | undefined;
let client: Client;

afterEach(async () => {
  await gateway.stop();
  await upstream?.stop();
  upstream = undefined;
});

/** A gateway that believes what its callers say of their address, as if it stood behind a proxy. */
const anyAddress = { TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_AUTH_MAX: '1000' };

async function startExternal(env: Record<string, string> = {}): Promise<Upstream> {
  upstream = await startUpstream({ issuer });
  gateway = await startGateway({
    ...anyAddress,
    STRATEGIES: 'external',
    EXTERNAL_AUTH_URL: upstream.url,
    ...env,
  });
  client = new Client(gateway.url);
  return upstream;
}

const passwords = { alice: 'correct horse battery', bob: 'battery staple horse' };

async function startFile(env: Record<string, string> = {}): Promise<void> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const people = await Promise.all(
    Object.entries(passwords).map(async ([username, password], index) => ({
      ...{ id: `1111111${index}-1111-4111-8111-111111111111`, username, groups: [], roles: [] },
      ...{ disabled: false, passwordHash: await cheapHash(password) },
    })),
  );
  writeUsersFile(usersFile, people);
  gateway = await startGateway({ ...anyAddress, STRATEGIES: 'file', USERS_FILE: usersFile, ...env });
  client = new Client(gateway.url);
}

function from(n: number): Record<string, string> {
  return { 'x-forwarded-for': `198.51.100.${n % 50}` };
}

/** The cookie that a browser would send as a known device after this answer. */
function deviceOf(answer: Answer): string {
  const line = answer.setCookies.find((cookie) => cookie.startsWith('gatehouse_device='));
  return line?.split(';', 1)[0] ?? '';
}

async function statuses(name: string, password: string, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n++) found.push((await client.login(name, password, from(n))).status);
  return found;
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('1,000 guesses from 50 addresses', () => {
  it('reach a service behind us as often as strangers may try, one after another and at once', async () => {
    const service = await startExternal();
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => client.login('maria', `guess ${n}`, from(n))));
    }
    expect(service.requestsTo(loginPath)).toHaveLength(5);
  });

  it('leave the owner in on a known device, and nobody else, also with the right password', async () => {
    const service = await startExternal();
    const known = deviceOf(await client.login('maria', right));
    expect(known).toMatch(/^gatehouse_device=[\w-]+$/);
    await Promise.all(Array.from({ length: 100 }, (_, n) => client.login('maria', `guess ${n}`, from(n))));
    const asked = service.requestsTo(loginPath).length;
    expect(asked).toBe(6);
    const stranger = await client.login('maria', right, from(1));
    expect(stranger.status).toBe(429);
    expect(stranger.body['code']).toBe('TOO_MANY_REQUESTS');
    expect(stranger.headers.get('retry-after')).toBe('2100');
    expect(service.requestsTo(loginPath)).toHaveLength(asked);
    const owner = await client.login('maria', right, { cookie: known });
    expect(owner.status).toBe(200);
    // The source has forgotten the wrong ones, and so have we; but strangers do not see that the owner was there.
    expect((await client.login('maria', right, from(1))).status).toBe(429);
  });

  it('are as few against a users file', async () => {
    await startFile();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => client.login('alice', `guess ${n}`, from(n))),
    );
    // Those whose turn does not come in time are told to come back (503).
    expect(answers.every(({ status }) => [401, 429, 503].includes(status))).toBe(true);
    expect(countOf(gateway.logs(), '"cause":"wrong password"')).toBe(5);
    expect((await client.login('alice', passwords.alice)).status).toBe(429);
    gateway.clock.advance(windowMs);
    expect((await client.login('alice', passwords.alice)).status).toBe(200);
  });
});

describe('failed logins of a name', () => {
  it('are answered alike for people who exist and for people who do not', async () => {
    await startFile();
    const [known, unknown] = [await statuses('alice', 'wrong', 8), await statuses('nobody', 'wrong', 8)];
    expect(known).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect(unknown).toEqual(known);
    const [one, other] = [await client.login('alice', 'x'), await client.login('nobody', 'x')];
    expect(one.text.replace(/"requestId":"[^"]*"/, '')).toBe(other.text.replace(/"requestId":"[^"]*"/, ''));
    expect([...one.headers.keys()]).toEqual([...other.headers.keys()]);
  });

  it('are one count for all spellings', async () => {
    const service = await startExternal();
    for (const name of ['maria', 'María ', 'MARIA', 'ｍａｒｉａ', 'ma\u00adria']) {
      expect((await client.login(name, 'wrong')).status).toBe(401);
    }
    expect((await client.login('Maria', 'wrong')).status).toBe(429);
    expect(service.requestsTo(loginPath)).toHaveLength(5);
  });

  it('are one count for an account, where one of its names is not barred: the answer is that of a wrong password', async () => {
    const service = await startExternal();
    await statuses('maria', 'wrong', 5);
    const alias = await client.login('DOM\\maria', right);
    expect([alias.status, alias.body['code']]).toEqual([401, 'UNAUTHORIZED']);
    expect(service.requestsTo(loginPath)).toHaveLength(5);
    expect(gateway.logs()).toContain(
      '"reason":"external: not tried: too many wrong passwords of this account',
    );
  });

  it('end when nobody has tried for a window, and not before', async () => {
    await startFile();
    await statuses('alice', 'wrong', 3);
    gateway.clock.advance(windowMs - 1);
    expect(await statuses('alice', 'wrong', 3)).toEqual([401, 401, 429]);
    gateway.clock.advance(windowMs - 1);
    // Who is refused without a try does not prolong it.
    expect((await client.login('alice', passwords.alice)).status).toBe(429);
    gateway.clock.advance(1);
    expect((await client.login('alice', passwords.alice)).status).toBe(200);
  });

  it('are not counted while the service is down', async () => {
    const service = await startExternal({ EXTERNAL_AUTH_BREAKER_FAILURES: '1000' });
    service.behave({ kind: 'answer', status: 500 });
    const outage = await statuses('maria', 'wrong', 12);
    expect(new Set(outage)).toEqual(new Set([503]));
    service.behave();
    gateway.clock.advance(60_000);
    expect((await client.login('maria', right)).status).toBe(200);
  });

  it('leave a line in the audit trail', async () => {
    await startExternal();
    await statuses('maria', 'wrong', 6);
    expect(gateway.logs()).toContain('"outcome":"refused"');
    expect(countOf(gateway.logs(), '"reason":"not tried: too many refused logins by this name')).toBe(1);
  });

  it('are shared with changes of passwords', async () => {
    await startFile();
    await statuses('alice', 'wrong', 5);
    const change = await client.request('/api/auth/password', {
      method: 'POST',
      body: { usuario: 'alice', contrasenia: passwords.alice, nueva_contrasenia: 'another long one' },
    });
    expect(change.status).toBe(429);
  });

  it('are not counted with LOCKOUT_MAX_FAILURES=0', async () => {
    await startExternal({ LOCKOUT_MAX_FAILURES: '0' });
    expect(new Set(await statuses('maria', 'wrong', 12))).toEqual(new Set([401]));
    const login = await client.login('maria', right);
    expect([login.status, deviceOf(login)]).toEqual([200, '']);
  });
});

describe('the device cookie', () => {
  it('is of one person: that of alice is none for bob, who may have his own beside it', async () => {
    await startFile();
    const alice = deviceOf(await client.login('alice', passwords.alice));
    await statuses('bob', 'wrong', 5);
    expect((await client.login('bob', passwords.bob, { cookie: alice })).status).toBe(429);
    gateway.clock.advance(windowMs);
    const both = deviceOf(await client.login('bob', passwords.bob, { cookie: alice }));
    await statuses('bob', 'wrong', 5);
    await statuses('alice', 'wrong', 5);
    expect((await client.login('bob', passwords.bob, { cookie: both })).status).toBe(200);
    expect((await client.login('alice', passwords.alice, { cookie: both })).status).toBe(200);
  });

  it('is worth its share of tries and no more, and outlives a logout', async () => {
    const service = await startExternal();
    const login = await client.login('maria', right);
    const known = deviceOf(login);
    const cookies = login.setCookies.map((line) => line.split(';', 1)[0]).join('; ');
    const logout = await client.logout(cookies);
    expect(logout.setCookies.some((line) => line.startsWith('gatehouse_device='))).toBe(false);
    await statuses('maria', 'wrong', 6);
    const before = service.requestsTo(loginPath).length;
    const answers = [];
    for (let n = 0; n < 4; n++)
      answers.push((await client.login('maria', 'wrong', { cookie: known })).status);
    expect(answers).toEqual([401, 401, 429, 429]);
    expect(service.requestsTo(loginPath)).toHaveLength(before + 2);
  });

  it('is ignored where it is forged, edited, of another gateway, too long or too old', async () => {
    await startExternal();
    const known = deviceOf(await client.login('maria', right));
    await statuses('maria', 'wrong', 6);
    const value = known.slice('gatehouse_device='.length);
    const flipped = `${value.slice(0, 40)}${value[40] === 'A' ? 'B' : 'A'}${value.slice(41)}`;
    for (const odd of [flipped, '', '%', `${value}A`, value.slice(1), 'A'.repeat(5000), 'j:{"a":1}']) {
      const answer = await client.login('maria', right, { cookie: `gatehouse_device=${odd}` });
      expect(answer.status).toBe(429);
    }
    const second = await client.login('maria', right, { cookie: `gatehouse_device=${flipped}; ${known}` });
    expect(second.status).toBe(200);
    gateway.clock.advance(180 * 24 * 3_600_000);
    await statuses('maria', 'wrong', 6);
    expect((await client.login('maria', right, { cookie: known })).status).toBe(429);
  });

  it('is HttpOnly, for all paths, and lives as long as LOCKOUT_DEVICE_TTL_SECONDS', async () => {
    await startExternal({ LOCKOUT_DEVICE_TTL_SECONDS: '3600', COOKIE_SECURE: 'true' });
    const delivered = await client.request('/api/auth/login', {
      method: 'POST',
      body: { usuario: 'maria', contrasenia: right, token_delivery: 'body' },
    });
    expect(delivered.setCookies).toHaveLength(1);
    expect(delivered.setCookies[0]).toMatch(
      /^gatehouse_device=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure$/,
    );
  });

  it('is not set with LOCKOUT_DEVICE_TTL_SECONDS=0', async () => {
    await startExternal({ LOCKOUT_DEVICE_TTL_SECONDS: '0' });
    expect(deviceOf(await client.login('maria', right))).toBe('');
  });

  it('is set by the Django dialect too', async () => {
    await startFile({ COMPAT: 'django' });
    const login = await client.request('/api/login-ldap', {
      method: 'POST',
      body: { username: 'alice', password: passwords.alice },
    });
    expect(login.status).toBe(200);
    await statuses('alice', 'wrong', 6);
    expect((await client.login('alice', passwords.alice, { cookie: deviceOf(login) })).status).toBe(200);
  });
});

const relaying = { EXTERNAL_AUTH_MODE: 'relay', JWT_ISSUER: issuer, JWT_AUDIENCE: 'app' };

describe('relay mode', () => {
  it('counts in the same way', async () => {
    const service = await startExternal(relaying);
    const login = await client.login('maria', right);
    expect(login.status).toBe(200);
    expect(await statuses('maria', 'wrong', 6)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(service.requestsTo(loginPath)).toHaveLength(6);
    expect((await client.login('maria', right, { cookie: deviceOf(login) })).status).toBe(200);
  });
});
