import { type JsonObject, objectOf, textOf } from './support/client';
import {
  basic,
  type LoggedIn,
  logIn,
  type OidcBench,
  oidcBench,
  postForm,
  secrets,
} from './support/oidc-bench';

const introspection = '/oidc/token/introspection';
const revocation = '/oidc/token/revocation';
const api = basic('api', secrets.api);
const inactive = { active: false };
const anyNumber: unknown = expect.any(Number);
const anyText: unknown = expect.any(String);
let bench: OidcBench;

beforeAll(async () => {
  bench = await oidcBench();
});
afterAll(() => bench.stop());

const asClient = (client_id: string): JsonObject & { client_id: string } => ({ client_id });
const introspect = async (token: string, fields = {}, headers = {}) =>
  (await postForm(bench, introspection, { token, ...fields }, headers)).body;
const revoke = (token: string, fields = {}, headers = {}) =>
  postForm(bench, revocation, { token, ...fields }, headers);
const refresh = (refresh_token: string, client_id: string) =>
  postForm(bench, '/oidc/token', { grant_type: 'refresh_token', refresh_token, client_id });
const userinfo = (token: string) =>
  bench.client.request('/oidc/me', { headers: { authorization: `Bearer ${token}` } });

describe('introspection (RFC 7662)', () => {
  it('tells a confidential client all that an access token says, whosever it is', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid email' });
    const claims = claimsOf(login.accessToken);
    expect(claims).toMatchObject({ client_id: 'app', scope: 'openid email', groups: ['demo-users'] });
    const more = { active: true, token_type: 'Bearer', username: 'demo' };
    expect(await introspect(login.accessToken, {}, api)).toEqual({ ...claims, ...more });
    expect((await introspect((await logIn(bench)).accessToken, {}, api))['client_id']).toBe('gatehouse');
  });

  it('tells of a refresh token only the client that it belongs to, and consumes nothing', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid' });
    for (let again = 0; again < 3; again++) {
      expect(await introspect(login.refreshToken, asClient('app'))).toEqual({
        ...{ active: true, client_id: 'app', scope: 'openid', username: 'demo', iss: bench.issuer },
        ...{ sub: anyText, sid: anyText, exp: anyNumber, auth_time: anyNumber },
      });
    }
    expect(await introspect(login.refreshToken, {}, api)).toEqual(inactive);
    expect(await introspect(login.refreshToken, asClient('other'))).toEqual(inactive);
    expect((await refresh(login.refreshToken, 'app')).status).toBe(200);
  });

  it('does not end a session by a spent refresh token, but says that it is of no use', async () => {
    const login = await logIn(bench, { client_id: 'app' });
    const second = textOf((await refresh(login.refreshToken, 'app')).body, 'refresh_token');
    const third = textOf((await refresh(second, 'app')).body, 'refresh_token');
    expect(await introspect(login.refreshToken, asClient('app'))).toEqual(inactive);
    expect(await introspect(third, asClient('app'))).toMatchObject({ active: true });
    expect((await refresh(third, 'app')).status).toBe(200);
  });

  it('tells a public client of its own access tokens alone', async () => {
    const [own, native] = [await logIn(bench, { client_id: 'app' }), await logIn(bench)];
    expect(await introspect(own.accessToken, asClient('app'))).toMatchObject({ active: true });
    expect(await introspect(own.accessToken, asClient('other'))).toEqual(inactive);
    expect(await introspect(native.accessToken, asClient('app'))).toEqual(inactive);
    expect(await introspect(native.accessToken, asClient('gatehouse'))).toMatchObject({ active: true });
  });

  it.each(['access_token', 'refresh_token', 'nonsense'])(
    'takes the hint %s for no more than that',
    async (hint) => {
      const login = await logIn(bench, { client_id: 'app' });
      const fields = { client_id: 'app', token_type_hint: hint };
      for (const token of [login.accessToken, login.refreshToken])
        expect(await introspect(token, fields)).toMatchObject({ active: true });
    },
  );

  it('says nothing of what is no token, of an ID token, of a changed one, or of an ended session', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid' });
    const idToken = textOf(login.data, 'id_token');
    for (const token of [
      'x',
      'a.b.c',
      idToken,
      `${login.accessToken.slice(0, -4)}AAAA`,
      `${login.refreshToken}A`,
    ])
      expect(await introspect(token, {}, api)).toEqual(inactive);
    const headers = { authorization: `Bearer ${login.accessToken}` };
    await bench.client.request('/api/auth/logout', { method: 'POST', headers });
    expect(await introspect(login.accessToken, {}, api)).toEqual(inactive);
    expect(await introspect(login.refreshToken, asClient('app'))).toEqual(inactive);
  });

  it('says nothing of an expired token', async () => {
    const clocked = await oidcBench();
    const ask = (token: string) => postForm(clocked, introspection, { token, client_id: 'app' });
    try {
      const login = await logIn(clocked, { client_id: 'app' });
      clocked.gateway.clock.advance(900_000);
      expect((await ask(login.accessToken)).body).toEqual(inactive);
      expect((await ask(login.refreshToken)).body).toMatchObject({ active: true });
      clocked.gateway.clock.advance(86_400_000);
      expect((await ask(login.refreshToken)).body).toEqual(inactive);
    } finally {
      await clocked.stop();
    }
  });

  it('is not throttled', async () => {
    const open = await oidcBench({ RATE_LIMIT_MAX: '1' });
    try {
      for (let n = 0; n < 5; n++)
        expect((await postForm(open, introspection, { token: 'x' }, api)).status).toBe(200);
    } finally {
      await open.stop();
    }
  });
});

describe('revocation (RFC 7009)', () => {
  it.each(['accessToken', 'refreshToken'] as const)(
    'of an %s ends the session of the client',
    async (kind) => {
      const login = await logIn(bench, { client_id: 'app', scope: 'openid' });
      const answer = await revoke(login[kind], asClient('app'));
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect((await userinfo(login.accessToken)).status).toBe(401);
      expect((await refresh(login.refreshToken, 'app')).body['error']).toBe('invalid_grant');
      const sid = textOf(claimsOf(login.accessToken), 'sid');
      const line = bench.gateway
        .logs()
        .split('\n')
        .find((one) => one.includes('"event":"logout"') && one.includes(sid));
      expect(line).toContain('"door":"oidc"');
    },
  );

  it('of a spent refresh token ends the session too', async () => {
    const login = await logIn(bench, { client_id: 'app' });
    const second = textOf((await refresh(login.refreshToken, 'app')).body, 'refresh_token');
    const third = textOf((await refresh(second, 'app')).body, 'refresh_token');
    expect((await revoke(login.refreshToken, asClient('app'))).status).toBe(200);
    expect((await refresh(third, 'app')).status).toBe(400);
  });

  it('of an expired access token ends the session too, but not for another client', async () => {
    const clocked = await oidcBench();
    const giveUp = (token: string, client_id: string) => postForm(clocked, revocation, { token, client_id });
    try {
      const login = await logIn(clocked, { client_id: 'app' });
      clocked.gateway.clock.advance(900_000);
      expect((await giveUp(login.accessToken, 'other')).body['error']).toBe('invalid_grant');
      const forged = await giveUp(`${login.accessToken.slice(0, -4)}AAAA`, 'app');
      expect([forged.status, forged.body['error']]).toEqual([200, undefined]);
      const fields = { grant_type: 'refresh_token', client_id: 'app' };
      const next = await postForm(clocked, '/oidc/token', { ...fields, refresh_token: login.refreshToken });
      expect(next.status).toBe(200);
      expect((await giveUp(login.accessToken, 'app')).status).toBe(200);
      const gone = { ...fields, refresh_token: textOf(next.body, 'refresh_token') };
      expect((await postForm(clocked, '/oidc/token', gone)).body['error']).toBe('invalid_grant');
    } finally {
      await clocked.stop();
    }
  });

  it('is 200 for what is of no use any more, and for nonsense', async () => {
    const login = await logIn(bench, { client_id: 'app' });
    for (const token of [login.refreshToken, login.refreshToken, login.accessToken, 'nonsense', 'a.b.c'])
      expect((await revoke(token, asClient('app'))).status).toBe(200);
  });

  it.each([
    ['another client', asClient('other'), {}],
    ['the native API', asClient('gatehouse'), {}],
    ['a confidential client', {}, api],
  ])('by %s is refused, and the session goes on', async (_case, fields, headers) => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid' });
    for (const token of [login.accessToken, login.refreshToken]) {
      const answer = await revoke(token, fields, headers);
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
    }
    expect((await userinfo(login.accessToken)).status).toBe(200);
    expect((await refresh(login.refreshToken, 'app')).status).toBe(200);
  });

  it('of an ID token says that this is none of its business', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid' });
    const answer = await revoke(textOf(login.data, 'id_token'), asClient('app'));
    expect([answer.status, answer.body['error']]).toEqual([400, 'unsupported_token_type']);
  });
});

describe('userinfo (OpenID Connect Core 1.0 section 5.3)', () => {
  const inBody = (login: LoggedIn) => postForm(bench, '/oidc/me', { access_token: login.accessToken });

  it('gives the claims of the scope, by GET and by POST', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid profile' });
    const person = { name: anyText, given_name: 'Demo', family_name: 'User' };
    const profile = { sub: anyText, preferred_username: 'demo', ...person };
    const headers = { authorization: `bearer ${login.accessToken}` };
    const posted = await bench.client.request('/oidc/me', { method: 'POST', headers });
    for (const answer of [await userinfo(login.accessToken), posted, await inBody(login)])
      expect([answer.status, answer.body]).toEqual([200, profile]);
    const openid = await logIn(bench, { client_id: 'app', scope: 'openid' });
    expect((await userinfo(openid.accessToken)).body).toEqual({ sub: anyText });
  });

  it('gives everything to a token of the native API', async () => {
    const { body } = await userinfo((await logIn(bench)).accessToken);
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining(['sub', 'preferred_username', 'groups', 'roles']),
    );
  });

  it('demands openid of what a client was granted, and of the token itself', async () => {
    const without = await logIn(bench, { client_id: 'app', scope: 'profile' });
    const granted = await logIn(bench, { client_id: 'app', scope: 'openid profile' });
    const fields = { grant_type: 'refresh_token', refresh_token: granted.refreshToken, client_id: 'app' };
    const narrowed = await postForm(bench, '/oidc/token', { ...fields, scope: 'profile' });
    for (const token of [without.accessToken, textOf(narrowed.body, 'access_token')]) {
      const answer = await userinfo(token);
      expect([answer.status, answer.body['error']]).toEqual([403, 'insufficient_scope']);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer .*error="insufficient_scope".*scope="openid"$/,
      );
    }
  });

  it('answers a missing or bad token as RFC 6750 section 3.1 says', async () => {
    const missing = await bench.client.request('/oidc/me');
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="gatehouse"',
    ]);
    const login = await logIn(bench, { client_id: 'app', scope: 'openid' });
    await revoke(login.accessToken, asClient('app'));
    for (const answer of [
      await userinfo('nonsense'),
      await userinfo(login.accessToken),
      await inBody(login),
    ]) {
      expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_token']);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
  });

  it('takes a token neither from the query, nor as JSON, nor in two ways', async () => {
    const { accessToken } = await logIn(bench, { client_id: 'app', scope: 'openid' });
    const path = `/oidc/me?access_token=${accessToken}`;
    expect((await bench.client.request(path)).status).toBe(401);
    const json = { method: 'POST', body: { access_token: accessToken } };
    expect((await bench.client.request('/oidc/me', json)).status).toBe(415);
    const headers = { authorization: `Bearer ${accessToken}` };
    const twice = await postForm(bench, '/oidc/me', { access_token: accessToken }, headers);
    expect([twice.status, twice.body['error']]).toEqual([400, 'invalid_request']);
  });
});

function claimsOf(accessToken: string): JsonObject {
  return objectOf(JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()));
}
