import { statSync } from 'node:fs';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { type Answer, Client, cookieOf, objectOf, textOf, tokenCookiesOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  gateway = await startGateway({
    JWT_ISSUER: 'https://gate.example.org',
    JWT_AUDIENCE: 'api',
    RATE_LIMIT_AUTH_MAX: '1000',
  });
  client = new Client(gateway.url);
});
afterAll(() => gateway.stop());

function login(): Promise<Answer> {
  return client.login('demo', gateway.demoPassword);
}

describe('login', () => {
  it('gives an access token, the person and the refresh cookie', async () => {
    const answer = await login();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'success', message: 'Inicio de sesión exitoso' });
    expect(answer.data).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      user: { sub: 'file:demo', username: 'demo', email: 'demo@example.org', strategy: 'file' },
    });
    expect(answer.data).not.toHaveProperty('refresh_token');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('sets the cookie exactly as documented', async () => {
    const setCookies = tokenCookiesOf(await login());
    expect(setCookies).toHaveLength(1);
    expect(setCookies[0]).toMatch(
      /^refreshToken=[A-Za-z0-9_-]{60}; Path=\/api\/auth; HttpOnly; SameSite=Lax; Max-Age=86400$/,
    );
  });

  it('takes the English names, any case of the name, and drops unknown fields', async () => {
    const body = { username: ' DEMO ', password: gateway.demoPassword, is_admin: true, sub: 'file:somebody' };
    const answer = await client.request('/api/auth/login', { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(objectOf(answer.data['user'])).toMatchObject({ username: 'demo', sub: 'file:demo' });
  });

  it('answers in English when the client prefers it', async () => {
    const answer = await client.login('demo', gateway.demoPassword, {
      'accept-language': 'en-GB,en;q=0.9,es;q=0.5',
    });
    expect(answer.body['message']).toBe('Login successful');
  });

  it('refuses a wrong password, an unknown name and an unknown strategy', async () => {
    const wrong = await client.login('demo', 'not-the-password');
    const unknown = await client.login('nobody', gateway.demoPassword);
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toMatchObject({
      status: 'error',
      code: 'UNAUTHORIZED',
      message: 'Credenciales inválidas',
    });
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
    const body = { usuario: 'demo', contrasenia: gateway.demoPassword, strategy: 'ldap' };
    const strategy = await client.request('/api/auth/login', { method: 'POST', body });
    expect(strategy.body).toMatchObject({ code: 'VALIDATION_ERROR', errors: [{ campo: 'strategy' }] });
  });
});

describe('the access token', () => {
  it('verifies by the JWKS alone, with the claims of RFC 9068', async () => {
    const answer = await login();
    const token = textOf(answer.data, 'access_token');
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gateway.url));
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: 'https://gate.example.org',
      audience: 'api',
      typ: 'at+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(gateway.clock.nowMs()),
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'sid', 'auth_time'],
    });
    expect(protectedHeader.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(payload).toMatchObject({
      sub: 'file:demo',
      name: 'Demo User',
      preferred_username: 'demo',
      roles: ['user'],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
  });

  it('publishes no private part of the key and lets the key set be cached', async () => {
    const { body, headers } = await client.request('/.well-known/jwks.json');
    const keys = Array.isArray(body['keys']) ? body['keys'] : [];
    expect(keys).toHaveLength(1);
    expect(Object.keys(objectOf(keys[0])).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.has('ratelimit-limit')).toBe(false);
  });

  it('opens /me, and nothing else does', async () => {
    const answer = await login();
    const token = textOf(answer.data, 'access_token');
    const me = await client.me(token);
    expect(me.status).toBe(200);
    expect(me.data).toMatchObject({ user: { sub: 'file:demo' }, session: { address: '127.0.0.1' } });
    expect((await client.request('/api/auth/me')).body).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'Token no proporcionado',
    });
    expect((await client.me(`${token.slice(0, -4)}AAAA`)).body['code']).toBe('INVALID_TOKEN');
    const refreshToken = cookieOf(answer).split('=')[1] ?? '';
    const withRefresh = await client.me(refreshToken);
    expect(withRefresh.body['code']).toBe('INVALID_TOKEN');
    expect(withRefresh.headers.get('www-authenticate')).toBe(
      'Bearer realm="gatehouse", error="invalid_token"',
    );
  });

  it('ends', async () => {
    const token = textOf((await login()).data, 'access_token');
    gateway.clock.advance(899_000);
    expect((await client.me(token)).status).toBe(200);
    gateway.clock.advance(2_000);
    expect((await client.me(token)).body['code']).toBe('TOKEN_EXPIRED');
  });
});

describe('refresh and logout', () => {
  it('rotates the cookie, and ends the session for good on logout', async () => {
    const first = await login();
    const refreshed = await client.refresh(cookieOf(first));
    expect(refreshed.status).toBe(200);
    expect(refreshed.body['message']).toBe('Token renovado');
    expect(cookieOf(refreshed)).not.toBe(cookieOf(first));
    const token = textOf(refreshed.data, 'access_token');
    expect((await client.me(token)).status).toBe(200);

    const logout = await client.logout(cookieOf(refreshed));
    expect(logout.text).toBe('{"status":"success","message":"Sesión cerrada","data":null}');
    expect(logout.setCookies).toEqual(['refreshToken=; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=0']);

    const refused = await client.refresh(cookieOf(refreshed));
    expect([refused.status, refused.body['code']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    expect((await client.me(token)).body['code']).toBe('INVALID_TOKEN');
    expect((await client.logout(cookieOf(refreshed))).status).toBe(200);
  });

  it('logs out by the access token where the cookie does not travel', async () => {
    const token = textOf((await login()).data, 'access_token');
    await client.request('/api/auth/logout', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect((await client.me(token)).body['code']).toBe('INVALID_TOKEN');
  });

  it('needs a refresh token of ours', async () => {
    const none = await client.request('/api/auth/refresh', { method: 'POST' });
    expect([none.status, none.body['code']]).toEqual([401, 'NO_REFRESH_COOKIE']);
    const foreign = await client.refresh(`refreshToken=${'A'.repeat(60)}`);
    expect([foreign.status, foreign.body['code']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    const asJson = await client.refresh('refreshToken=j:{"a":1}');
    expect(asJson.body['code']).toBe('NO_REFRESH_COOKIE');
  });

  it('carries the refresh token in the body for clients without a cookie jar', async () => {
    const body = { usuario: 'demo', contrasenia: gateway.demoPassword, token_delivery: 'body' };
    const answer = await client.request('/api/auth/login', { method: 'POST', body });
    expect(tokenCookiesOf(answer)).toEqual([]);
    expect(answer.data['refresh_expires_in']).toBe(86400);
    const refresh_token = textOf(answer.data, 'refresh_token');
    const refreshed = await client.request('/api/auth/refresh', { method: 'POST', body: { refresh_token } });
    expect(refreshed.status).toBe(200);
    expect(refreshed.setCookies).toEqual([]);
    expect(textOf(refreshed.data, 'refresh_token')).not.toBe(refresh_token);
    const successor = textOf(refreshed.data, 'refresh_token');
    await client.request('/api/auth/logout', { method: 'POST', body: { refresh_token: successor } });
    const refused = await client.request('/api/auth/refresh', {
      method: 'POST',
      body: { refresh_token: successor },
    });
    expect(refused.body['code']).toBe('REFRESH_TOKEN_INVALID');
  });

  it('gives racing tabs the same successor', async () => {
    const first = cookieOf(await login());
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.refresh(first)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map(cookieOf)).size).toBe(1);
  });

  it('lets a client go on whose answer got lost, and catches a thief', async () => {
    const first = cookieOf(await login());
    const lost = cookieOf(await client.refresh(first));
    gateway.clock.advance(31_000);
    const second = await client.refresh(first);
    expect(second.status).toBe(200);
    expect(cookieOf(second)).not.toBe(lost);

    const thief = await client.refresh(lost);
    expect([thief.status, thief.body['code']]).toEqual([401, 'REFRESH_TOKEN_REUSED']);
    expect((await client.refresh(cookieOf(second))).body['code']).toBe('REFRESH_TOKEN_INVALID');
    expect(gateway.logs()).toContain('"event":"refresh_reuse"');
  });

  it('ends a session that nobody refreshes', async () => {
    const first = cookieOf(await login());
    gateway.clock.advance(86_401_000);
    expect((await client.refresh(first)).body['code']).toBe('REFRESH_TOKEN_EXPIRED');
  });
});

describe('a restart', () => {
  it('keeps the key private, and sessions and tokens alive', async () => {
    const before = await startGateway();
    const answer = await new Client(before.url).login('demo', before.demoPassword);
    const token = textOf(answer.data, 'access_token');
    const oldKeys = (await new Client(before.url).request('/.well-known/jwks.json')).body;
    await before.stop();

    const after = await startGateway({ DATA_DIR: before.dataDir });
    const client = new Client(after.url);
    const keys = (await client.request('/.well-known/jwks.json')).body;
    expect(keys).toEqual(oldKeys);
    expect((await client.me(token)).status).toBe(200);
    expect((await client.refresh(cookieOf(answer))).status).toBe(200);
    for (const name of [join('store', 'data.mdb'), 'refresh-token.key']) {
      expect(statSync(join(before.dataDir, name)).mode & 0o777).toBe(0o600);
    }
    await after.stop();
  });
});

describe('HS256 with a shared secret', () => {
  it('signs with it and publishes no key', async () => {
    const secret = 'mB7kq2vN9sXw4tYc1zRf8hLj3pDg6aUe';
    const hs = await startGateway({ JWT_SECRET: secret });
    const client = new Client(hs.url);
    const token = textOf((await client.login('demo', hs.demoPassword)).data, 'access_token');
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      typ: 'at+jwt',
      algorithms: ['HS256'],
    });
    expect(payload.sub).toBe('file:demo');
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'at+jwt' });
    expect((await client.request('/.well-known/jwks.json')).body).toEqual({ keys: [] });
    expect((await client.me(token)).status).toBe(200);
    await hs.stop();
  });
});
