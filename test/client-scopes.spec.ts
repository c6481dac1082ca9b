import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { type Answer, Client, type JsonObject, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

// What a client's scope opens, and what it does not.
const password = 'correct horse battery';
const clients = [
  { client_id: 'app' },
  { client_id: 'console', scope: 'openid profile email gatehouse:sessions gatehouse:admin' },
];
let usersFile: string;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await cheapHash(password);
  const bob = { id: '22222222-2222-4222-8222-222222222222', username: 'bob', passwordHash };
  const person = { displayName: 'Bob B', email: 'bob@example.org', groups: ['staff'], roles: ['operator'] };
  writeUsersFile(usersFile, [{ ...bob, ...person, disabled: false }]);
  await start(clients);
});
afterAll(() => gateway.stop());

async function start(entries: readonly object[], more: Readonly<Record<string, string>> = {}) {
  gateway = await startGateway({
    ...{ STRATEGIES: 'file', USERS_FILE: usersFile, ADMIN_ROLE: 'operator' },
    ...{ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' },
    ...{ OAUTH_CLIENTS: JSON.stringify(entries), ...more },
  });
  client = new Client(gateway.url);
}

function logIn(more: JsonObject = {}): Promise<Answer> {
  const body = { usuario: 'bob', contrasenia: password, token_delivery: 'body', ...more };
  return client.request('/api/auth/login', { method: 'POST', body });
}

async function tokenOf(more: JsonObject = {}): Promise<string> {
  return textOf((await logIn(more)).data, 'access_token');
}

function ask(token: string, path: string, method = 'GET'): Promise<Answer> {
  return client.request(path, { method, headers: { authorization: `Bearer ${token}` } });
}

const own = '/api/auth/sessions';
const others = '/api/admin/sessions?user=bob';
const routes: readonly [string, string][] = [
  ['GET', own],
  ['DELETE', `${own}/AAAAAAAAAAAAAAAAAAAAAA`],
  ['DELETE', own],
  ['GET', others],
  ['DELETE', others],
];

describe('the token of a client', () => {
  it.each(routes)('opens %s %s only with the scope for it', async (method, path) => {
    const native = await tokenOf();
    for (const more of [{ client_id: 'app', scope: 'openid email x:y' }, { client_id: 'app' }]) {
      const answer = await ask(await tokenOf(more), path, method);
      expect([answer.status, answer.body['code']]).toEqual([403, 'INSUFFICIENT_SCOPE']);
      const scope = path === others ? 'gatehouse:admin' : 'gatehouse:sessions';
      expect(answer.headers.get('www-authenticate')).toContain(
        `error="insufficient_scope", scope="${scope}"`,
      );
    }
    expect((await client.me(native)).status).toBe(200);
  });

  it('with the scope for sessions lists and ends them, and with the one for administrators those of others', async () => {
    const sessions = await tokenOf({ client_id: 'console', scope: 'gatehouse:sessions' });
    const admin = await tokenOf({ client_id: 'console', scope: 'gatehouse:admin' });
    expect((await ask(sessions, own)).status).toBe(200);
    expect((await ask(sessions, others)).status).toBe(403);
    expect((await ask(admin, own)).status).toBe(403);
    expect((await ask(admin, others)).status).toBe(200);
    expect((await ask(admin, others, 'DELETE')).status).toBe(200);
    expect((await client.me(sessions)).status).toBe(401);
  });

  it('opens everything where no client was named', async () => {
    const token = await tokenOf();
    for (const path of [own, others]) expect((await ask(token, path)).status).toBe(200);
  });

  it.each(['gatehouse:sessions', 'gatehouse:admin'])(
    'never has %s unless its entry names that',
    async (scope) => {
      const answer = await logIn({ client_id: 'app', scope: `openid ${scope}` });
      expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_SCOPE']);
    },
  );
});

describe('the person', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['openid', [], []],
    ['profile', ['preferred_username', 'name'], ['username', 'name']],
    ['email', ['email'], ['email']],
    ['groups', [], ['groups']],
    ['roles', [], ['roles']],
  ])('in a token and at /api/auth/me follows the scope %s', async (scope, claims, members) => {
    const token = await tokenOf({ client_id: 'app', scope });
    const personal = ['preferred_username', 'name', 'given_name', 'family_name', 'email'];
    const payload = payloadOf(token);
    expect(Object.keys(payload).filter((name) => personal.includes(name))).toEqual(claims);
    // RFC 9068 section 2.2.3.1: resource servers decide by them.
    expect(payload).toMatchObject({ groups: ['staff'], roles: ['operator'] });
    const { data } = await client.me(token);
    expect(Object.keys(objectOf(data['user'])).sort()).toEqual(['strategy', 'sub', ...members].sort());
  });

  it('is shown whole to the native API', async () => {
    const token = await tokenOf();
    expect(payloadOf(token)).toMatchObject({ preferred_username: 'bob', email: 'bob@example.org' });
    expect(objectOf((await client.me(token)).data['user'])).toMatchObject({
      ...{ username: 'bob', name: 'Bob B', email: 'bob@example.org' },
      ...{ groups: ['staff'], roles: ['operator'] },
    });
  });
});

describe('the native API as a client', () => {
  it.each(['x:y', 'openid admin', 'gatehouse:admin'])('is never granted %s', async (scope) => {
    const answer = await logIn({ client_id: 'gatehouse', scope });
    expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_SCOPE']);
  });

  it('is granted what the gateway knows', async () => {
    const scope = 'openid profile email groups roles offline_access gatehouse:sessions';
    expect((await logIn({ client_id: 'gatehouse', scope })).data['scope']).toBe(scope);
  });
});

describe('a scope that the entry has lost since the login', () => {
  it('is refused before the refresh token is spent, and an empty rest is not told', async () => {
    const { data } = await logIn({ client_id: 'app', scope: 'openid' });
    const { clock, dataDir } = gateway;
    await gateway.stop();
    await start([{ client_id: 'app', scope: 'email' }], { DATA_DIR: dataDir });
    gateway.clock.advance(Math.max(0, clock.nowMs() - gateway.clock.nowMs()));
    const refresh = (refresh_token: string, more = {}) =>
      client.request('/oidc/token', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          ...{ grant_type: 'refresh_token', client_id: 'app', refresh_token },
          ...more,
        }).toString(),
      });
    const lost = await refresh(textOf(data, 'refresh_token'), { scope: 'openid' });
    expect([lost.status, lost.body['error']]).toEqual([400, 'invalid_scope']);
    const next = await refresh(textOf(data, 'refresh_token'));
    expect([next.status, 'scope' in next.body]).toEqual([200, false]);
    const body = { refresh_token: textOf(next.body, 'refresh_token') };
    const native = await client.request('/api/auth/refresh', { method: 'POST', body });
    expect([native.status, 'scope' in native.data]).toEqual([200, false]);
  });
});

function payloadOf(jwt: string): JsonObject {
  return objectOf(JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()));
}
