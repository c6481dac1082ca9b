import { type Answer, Client, type JsonObject, objectOf, textOf } from './support/client';
import { basic, logIn, type OidcBench, oidcBench, plainBasic, postForm, secrets } from './support/oidc-bench';

// Every door takes a client in by the same step: its ways, its bar on wrong secrets, its audit events.
let bench: OidcBench;

beforeEach(async () => {
  bench = await oidcBench();
});
afterEach(() => bench.stop());

function login(more: JsonObject = {}, headers = {}, address?: string): Promise<Answer> {
  const { gateway, client } = bench;
  const person = { usuario: 'demo', contrasenia: gateway.demoPassword, token_delivery: 'body' };
  const from: Record<string, string> = address === undefined ? {} : { 'x-forwarded-for': address };
  const request = { method: 'POST', body: { ...person, ...more }, headers: { ...headers, ...from } };
  return client.request('/api/auth/login', request);
}

function clientOf(answer: Answer): unknown {
  const [, payload = ''] = textOf(answer.data, 'access_token').split('.');
  return objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString()))['client_id'];
}

function audited(event: string): JsonObject[] {
  const lines = bench.gateway.logs().trim().split('\n');
  return lines.map((line) => objectOf(JSON.parse(line))).filter((line) => line['event'] === event);
}

const refresh = (refresh_token: string, more = {}, headers = {}) =>
  postForm(bench, '/oidc/token', { grant_type: 'refresh_token', refresh_token, ...more }, headers);

describe('a login at the native API', () => {
  it.each([
    ['by HTTP Basic', 'odd', {}, basic('odd', secrets.odd)],
    ['by HTTP Basic and its name once more', 'odd', { client_id: 'odd' }, basic('odd', secrets.odd)],
    ['by its secret in the body', 'api', { client_id: 'api', client_secret: secrets.api }, {}],
    ['by its name', 'app', { client_id: 'app' }, {}],
  ])('takes a client %s', async (_case, id, body, headers) => {
    expect(clientOf(await login(body, headers))).toBe(id);
  });

  it.each([
    ['a wrong secret by HTTP Basic', {}, basic('odd', 'wrong'), true],
    ['two ways', { client_id: 'api', client_secret: secrets.api }, basic('api', secrets.api), true],
    ['two names', { client_id: 'app' }, basic('api', secrets.api), true],
    ['an unknown name beside a client', { client_id: 'app' }, basic('nobody', 'x'), true],
    ['an unknown name that asks for a scope', { scope: 'openid' }, basic('nobody', 'x'), true],
    ['a way that it must not use', { client_id: 'odd', client_secret: secrets.odd }, {}, false],
    ['no secret', { client_id: 'api' }, {}, false],
  ])('refuses %s', async (_case, body, headers, byHeader) => {
    const answer = await login(body, headers);
    expect([answer.status, answer.body['code']]).toEqual([401, 'INVALID_CLIENT']);
    expect(answer.headers.get('www-authenticate')?.startsWith('Basic ') ?? false).toBe(byHeader);
  });

  it.each([
    ['of somebody else', plainBasic('webmaster', 'x')],
    ['by the name of the native API', plainBasic('gatehouse', 'x')],
    ['by that name without a password', plainBasic('gatehouse', '')],
    ['by the name of a client without a secret', plainBasic('app', 'x')],
    ['that cannot be read', { authorization: 'Basic !' }],
    ['of another scheme', { authorization: 'Digest x' }],
  ])('ignores an Authorization header %s where nothing else speaks of a client', async (_case, headers) => {
    expect(clientOf(await login({}, headers))).toBe('gatehouse');
  });
});

describe('a refresh token of another client', () => {
  async function spent(): Promise<{ readonly old: string; readonly newest: string }> {
    const { refreshToken } = await logIn(bench, { client_id: 'api', client_secret: secrets.api });
    const next = async (token: string) =>
      textOf((await refresh(token, {}, basic('api', secrets.api))).body, 'refresh_token');
    return { old: refreshToken, newest: await next(await next(refreshToken)) };
  }

  const native = (path: string, refresh_token: string) =>
    bench.client.request(path, { method: 'POST', body: { refresh_token } });
  const isAlive = async (token: string) =>
    (await refresh(token, {}, basic('api', secrets.api))).status === 200;

  it('ends nothing, also when it is spent, and is taken down', async () => {
    const { old, newest } = await spent();
    const answer = await refresh(old, { client_id: 'app' });
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
    expect((await native('/api/auth/refresh', old)).body['code']).toBe('REFRESH_TOKEN_INVALID');
    expect(audited('refresh').filter(({ outcome }) => outcome === 'refused')).toMatchObject([
      { clientId: 'api', door: 'oidc', reason: 'presented by another client: app' },
      { clientId: 'api', door: 'native', reason: 'presented without the client' },
    ]);
    expect(await isAlive(newest)).toBe(true);
  });

  it('does not end the session of a confidential client at the native logout', async () => {
    const { old, newest } = await spent();
    for (const token of [old, newest]) expect((await native('/api/auth/logout', token)).status).toBe(200);
    expect(audited('logout')).toMatchObject([{ outcome: 'refused' }, { outcome: 'refused' }]);
    expect(await isAlive(newest)).toBe(true);
  });

  it('of the owner still ends the session when it is spent, whatever scope it asks for', async () => {
    const { old, newest } = await spent();
    const reused = await refresh(old, { scope: 'x:y' }, basic('api', secrets.api));
    expect(reused.body['error']).toBe('invalid_grant');
    expect(audited('refresh_reuse')).toMatchObject([{ clientId: 'api' }]);
    expect(await isAlive(newest)).toBe(false);
  });

  it('of a public client ends its session at the native logout', async () => {
    const { refreshToken } = await logIn(bench, { client_id: 'app' });
    expect((await native('/api/auth/logout', refreshToken)).status).toBe(200);
    expect((await refresh(refreshToken, { client_id: 'app' })).status).toBe(400);
  });
});

describe('the audit trail', () => {
  it('names the client of a session from its login to its end', async () => {
    const { refreshToken } = await logIn(bench, { client_id: 'app' });
    const next = await refresh(refreshToken, { client_id: 'app' });
    const fields = { token: textOf(next.body, 'refresh_token'), client_id: 'app' };
    await postForm(bench, '/oidc/token/revocation', fields);
    await login({ client_id: 'app', contrasenia: 'wrong' });
    const { accessToken } = await logIn(bench);
    await logIn(bench, { client_id: 'app' });
    const headers = { authorization: `Bearer ${accessToken}` };
    await bench.client.request('/api/auth/sessions', { method: 'DELETE', headers });
    expect(audited('login').map(({ outcome, clientId }) => [outcome, clientId])).toEqual([
      ['success', 'app'],
      ['refused', 'app'],
      ['success', undefined],
      ['success', 'app'],
    ]);
    expect([...audited('refresh'), ...audited('logout')].map(({ clientId }) => clientId)).toEqual([
      'app',
      'app',
    ]);
    expect(audited('session_end').map(({ clientId }) => clientId)).toEqual(
      expect.arrayContaining([undefined, 'app']),
    );
  });

  it('tells of clients that were refused, by name only if there is one of that name', async () => {
    await login({ client_id: 'api', client_secret: 'a wrong secret' });
    await login({ client_id: 'somebody' });
    await refresh('x', {}, basic('odd', 'a wrong secret'));
    expect(audited('client_auth')).toMatchObject([
      { outcome: 'refused', door: 'native', clientId: 'api', address: '127.0.0.1' },
      { outcome: 'refused', door: 'native', address: '127.0.0.1' },
      { outcome: 'refused', door: 'oidc', clientId: 'odd', address: '127.0.0.1' },
    ]);
    expect(audited('client_auth').map((event) => 'clientId' in event)).toEqual([true, false, true]);
    expect(bench.gateway.logs()).not.toContain('a wrong secret');
  });
});

describe('the bar on wrong secrets', () => {
  it('is one for all doors, and is taken down once', async () => {
    await bench.stop();
    const limits = { RATE_LIMIT_AUTH_MAX: '3', TRUSTED_PROXIES: '127.0.0.1' };
    bench = await oidcBench({ ...limits, COMPAT: 'genauth' });
    const wrong = { client_id: 'api', client_secret: 'wrong' };
    const from = { 'x-forwarded-for': '192.0.2.7' };
    const signIn = () =>
      bench.client.request('/api/v3/signin', {
        method: 'POST',
        headers: from,
        body: { ...wrong, connection: 'PASSWORD', passwordPayload: { username: 'demo', password: 'x' } },
      });
    expect((await login(wrong, {}, '192.0.2.7')).status).toBe(401);
    expect((await signIn()).body['statusCode']).toBe(401);
    const introspect = (secret: string) =>
      postForm(bench, '/oidc/token/introspection', { token: 'x' }, { ...basic('api', secret), ...from });
    expect((await introspect('wrong')).status).toBe(401);
    for (const secret of ['wrong', secrets.api, secrets.api])
      expect((await introspect(secret)).status).toBe(429);
    const barred = audited('client_auth').filter(({ reason }) => /barred/.test(String(reason)));
    expect([audited('client_auth').length, barred.length]).toEqual([4, 1]);
    expect(barred[0]).toMatchObject({ clientId: 'api', address: '192.0.2.7' });
  });
});

it('what the login says of Basic is said to the native API alone', async () => {
  const answer = await new Client(bench.issuer).request('/oidc/token', {
    method: 'POST',
    headers: { ...plainBasic('webmaster', 'x'), 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=refresh_token&refresh_token=x',
  });
  expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
});
