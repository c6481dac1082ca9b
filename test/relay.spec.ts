import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Environment } from '../src/config/load-settings';
import { audience, issuer, JudicialService, rightPassword } from './servers/judicial-service';
import { type Answer, Client, cookieOf, textOf, tokenCookiesOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway } from './support/gateway';

/** How long the outcome of a refresh is kept. */
const keptMs = 5000;
const clock = new FakeClock(Date.now());
const service = new JudicialService(clock);
const gateways: RunningGateway[] = [];
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  await service.start();
  gateway = await start({ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' });
  client = new Client(gateway.url);
});
beforeEach(() => service.reset());
afterAll(async () => {
  for (const running of gateways) await running.stop();
  await service.stop();
});

async function start(env: Environment): Promise<RunningGateway> {
  const running = await startGateway({ ...service.environment, ...env }, clock);
  gateways.push(running);
  return running;
}

function login(at = client, more: object = {}): Promise<Answer> {
  const body = { usuario: 'maria', contrasenia: rightPassword, ...more };
  return at.request('/api/auth/login', { method: 'POST', body });
}

/** The value of the cookie that an answer sets. */
function tokenOf(answer: Answer): string {
  return cookieOf(answer).replace(/^refreshToken=/, '');
}

const asked = { 'x-request-id': 'r-1' };

function errorText(code: string, message: string): string {
  return JSON.stringify({ status: 'error', code, message, requestId: 'r-1' });
}

describe('the documented judicial exchange: login', () => {
  it('hands the tokens of the service through', async () => {
    const answer = await login();
    const [accessToken, refreshToken] = service.issued.slice(-2);
    const user = {
      sub: 'external:1042',
      username: 'maria',
      name: 'María López',
      email: 'maria@example.org',
      groups: [],
      roles: ['juez'],
      strategy: 'external',
    };
    const data = { access_token: accessToken, token_type: 'Bearer', expires_in: 900, user };
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      JSON.stringify({ status: 'success', message: 'Inicio de sesión exitoso', data }),
    );
    expect(tokenCookiesOf(answer)).toEqual([
      `refreshToken=${refreshToken}; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=86400`,
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const sent: unknown = JSON.parse(service.callsOf('Login')[0]?.body ?? '');
    expect(sent).toEqual({ idSistema: 7, usuario: 'maria', contrasenia: rightPassword });
  });

  it('takes the refresh token from the JSON too, and sets no cookie without one', async () => {
    service.givesRefreshTokenAs = 'json';
    const answer = await login();
    expect(tokenOf(answer)).toBe(service.issued.at(-1));
    expect(answer.data).not.toHaveProperty('refresh_token');
    service.makeRefreshToken = () => undefined;
    const without = await login();
    expect([without.status, tokenCookiesOf(without)]).toEqual([200, []]);
  });

  it('adds Secure where cookies are secure', async () => {
    const secure = await start({ COOKIE_SECURE: 'true', COOKIE_SAMESITE: 'None' });
    const [cookie = ''] = (await login(new Client(secure.url))).setCookies;
    expect(cookie.replace(/=[^;]+/, '=T')).toBe(
      'refreshToken=T; Path=/api/auth; HttpOnly; SameSite=None; Max-Age=86400; Secure',
    );
  });

  it('checks the fields before it asks the service', async () => {
    const body = { usuario: 'maria', contrasenia: '' };
    const answer = await client.request('/api/auth/login', { method: 'POST', body, headers: asked });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      status: 'error',
      code: 'VALIDATION_ERROR',
      message: 'Los datos enviados son inválidos',
      errors: [{ campo: 'contrasenia', error: 'no puede estar vacío' }],
      requestId: 'r-1',
    });
    expect((await login(client, { strategy: 'ldap' })).body).toMatchObject({
      code: 'VALIDATION_ERROR',
      errors: [{ campo: 'strategy' }],
    });
    expect(service.calls).toEqual([]);
  });

  it('refuses a wrong password', async () => {
    const answer = await client.login('maria', 'wrong-canary', asked);
    expect(answer.status).toBe(401);
    expect(answer.text).toBe(errorText('UNAUTHORIZED', 'Credenciales inválidas'));
    expect(answer.setCookies).toEqual([]);
  });

  it('answers 503 where the service is down, and goes on when it is back', async () => {
    await service.stop();
    const answer = await client.login('maria', rightPassword, asked);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.text).toBe(
      errorText('SERVICE_UNAVAILABLE', 'El servicio de autenticación no está disponible'),
    );
    await service.start();
    expect((await login()).status).toBe(200);
    service.instead.set('Login', { status: 500 });
    expect((await login()).body['code']).toBe('SERVICE_UNAVAILABLE');
  });

  it('passes on that the service is asked too often', async () => {
    service.instead.set('Login', { status: 429, headers: { 'retry-after': '30' } });
    const answer = await login();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '30']);
    expect(answer.body['code']).toBe('TOO_MANY_REQUESTS');
  });

  it('counts logins itself', async () => {
    const at = new Client((await start({ RATE_LIMIT_AUTH_MAX: '2' })).url);
    for (let n = 0; n < 2; n++) expect((await at.login('maria', 'wrong-canary')).status).toBe(401);
    const answer = await login(at);
    expect(answer.status).toBe(429);
    expect(answer.body['message']).toBe(
      'Demasiados intentos de autenticación. Intenta de nuevo en 15 minutos.',
    );
    expect(service.callsOf('Login')).toHaveLength(2);
  });
});

describe('the documented judicial exchange: refresh', () => {
  it('sets no cookie where the service did not rotate', async () => {
    const first = await login();
    const answer = await client.refresh(cookieOf(first));
    expect(answer.status).toBe(200);
    const data = { access_token: service.issued.at(-1), token_type: 'Bearer', expires_in: 900 };
    expect(answer.text).toBe(JSON.stringify({ status: 'success', message: 'Token renovado', data }));
    expect(answer.setCookies).toEqual([]);
    expect(service.callsOf('RefreshToken')).toMatchObject([{ cookie: cookieOf(first) }]);
    expect((await client.refresh(cookieOf(first))).status).toBe(200);
  });

  it('sets the new one where it did', async () => {
    const first = await login();
    service.rotates = true;
    const answer = await client.refresh(cookieOf(first));
    expect(answer.setCookies).toEqual([
      `refreshToken=${service.issued.at(-1)}; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=86400`,
    ]);
    expect(tokenOf(answer)).not.toBe(tokenOf(first));
    expect((await client.refresh(cookieOf(answer))).status).toBe(200);
    clock.advance(keptMs);
    const spent = await client.refresh(cookieOf(first));
    expect([spent.status, spent.body['code']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
  });

  it('asks nobody without a cookie', async () => {
    const answer = await client.request('/api/auth/refresh', { method: 'POST', headers: asked });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe(errorText('NO_REFRESH_COOKIE', 'No se encontró el token de renovación'));
    expect(service.calls).toEqual([]);
  });

  it('does not take an outage for a refusal', async () => {
    const first = await login();
    service.instead.set('RefreshToken', { status: 502 });
    const answer = await client.refresh(cookieOf(first));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(answer.setCookies).toEqual([]);
  });

  it('brings a token back to the service as it was', async () => {
    service.makeRefreshToken = () => 'a%2Fb%3D%25c';
    const plain = await login();
    expect((await client.refresh(cookieOf(plain))).status).toBe(200);
    expect(service.callsOf('RefreshToken')[0]?.cookie).toBe('refreshToken=a%2Fb%3D%25c');
    for (const value of ['a, b', '"canario"', 'a\\b', '{"n":[1, 2]}', 'a="b"']) {
      service.makeRefreshToken = () => value;
      expect((await client.refresh(cookieOf(await login()))).status).toBe(200);
      expect(service.callsOf('RefreshToken').at(-1)?.cookie).toBe(`refreshToken=${value}`);
      clock.advance(keptMs);
    }
    const odd = 'j:{"canario": "ñ;, \\ %20"}';
    service.makeRefreshToken = () => odd;
    service.givesRefreshTokenAs = 'json';
    const at = new Client((await start({ EXTERNAL_AUTH_REFRESH_SEND: 'body' })).url);
    expect((await at.refresh(cookieOf(await login(at)))).status).toBe(200);
    expect(JSON.parse(service.callsOf('RefreshToken').at(-1)?.body ?? '')).toEqual({ refresh_token: odd });
  });

  it('carries the token in the body for clients without a cookie jar', async () => {
    const first = await login(client, { token_delivery: 'body' });
    expect(tokenCookiesOf(first)).toEqual([]);
    const refresh_token = textOf(first.data, 'refresh_token');
    const refresh = () => client.request('/api/auth/refresh', { method: 'POST', body: { refresh_token } });
    expect(Object.keys((await refresh()).data)).toEqual(['access_token', 'token_type', 'expires_in']);
    service.rotates = true;
    clock.advance(keptMs);
    const rotated = await refresh();
    expect([rotated.setCookies, rotated.data['refresh_token']]).toEqual([[], service.issued.at(-1)]);
  });
});

describe('the documented judicial exchange: logout', () => {
  const goodbye = '{"status":"success","message":"Sesión cerrada","data":null}';
  const cleared = ['refreshToken=; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=0'];

  it('ends the session at the service', async () => {
    const first = await login();
    const answer = await client.logout(cookieOf(first));
    expect([answer.status, answer.text, answer.setCookies]).toEqual([200, goodbye, cleared]);
    expect(service.callsOf('Revoke')).toMatchObject([{ cookie: cookieOf(first) }]);
    expect((await client.refresh(cookieOf(first))).body['code']).toBe('REFRESH_TOKEN_INVALID');
  });

  it.each([500, 503, 302])('is 200 also where the service answers %d, and the log tells', async (status) => {
    const first = await login();
    service.instead.set('Revoke', { status, headers: { location: 'http://127.0.0.1:1/' } });
    const logged = gateway.logs().length;
    const answer = await client.logout(cookieOf(first));
    expect([answer.status, answer.text, answer.setCookies]).toEqual([200, goodbye, cleared]);
    expect(gateway.logs().slice(logged)).toContain('did not confirm a logout');
  });

  it('asks nobody without a cookie', async () => {
    const answer = await client.request('/api/auth/logout', { method: 'POST' });
    expect([answer.status, answer.text, answer.setCookies]).toEqual([200, goodbye, cleared]);
    expect(service.calls).toEqual([]);
  });
});

describe('closed routes', () => {
  const noKeyId = 'Token inválido: no se pudo identificar la clave de firma';

  it('open to a token of the service and show whom it speaks for', async () => {
    const me = await client.me(textOf((await login()).data, 'access_token'));
    expect(me.status).toBe(200);
    expect(Object.keys(me.data)).toEqual(['user']);
    expect(me.data).toMatchObject({ user: { sub: 'external:1042', roles: ['juez'], strategy: 'external' } });
  });

  it.each([undefined, 'Basic bWFyaWE6eA==', 'Bearer'])(
    'want a bearer token, not %s',
    async (authorization) => {
      const headers = { ...asked, ...(authorization !== undefined && { authorization }) };
      const answer = await client.request('/api/auth/me', { headers });
      expect([answer.status, answer.text]).toEqual([
        401,
        errorText('UNAUTHORIZED', 'Token no proporcionado'),
      ]);
    },
  );

  it('refuse every other token, each with its own words', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const past = clock.nowSeconds() - 3600;
    const refused: [string, string, string][] = [
      [await service.sign({}, { header: { kid: undefined } }), 'INVALID_TOKEN', noKeyId],
      [await service.sign({ exp: past }), 'TOKEN_EXPIRED', 'El token ha expirado'],
      [await service.sign({}, { key: stranger }), 'INVALID_TOKEN', 'Token inválido'],
      [await service.sign({ aud: 'another-app' }), 'INVALID_TOKEN', 'Token inválido'],
      [await service.sign({ iss: 'https://elsewhere' }), 'INVALID_TOKEN', 'Token inválido'],
      [await tokenOfOurs(), 'INVALID_TOKEN', 'Token inválido'],
    ];
    for (const [token, code, message] of refused) {
      const answer = await client.request('/api/auth/me', {
        headers: { ...asked, authorization: `Bearer ${token}` },
      });
      expect([answer.status, answer.text]).toEqual([401, errorText(code, message)]);
    }
  });

  it('are out of service, not closed, where the keys cannot be read', async () => {
    service.instead.set('GetJwks', { status: 500 });
    const fresh = new Client((await start({})).url);
    const answer = await fresh.me(await service.sign());
    expect([answer.status, answer.body['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  it('alone look at an access token', async () => {
    const fresh = new Client((await start({})).url);
    const headers = { authorization: `Bearer ${await service.sign({}, { header: { kid: 'unknown' } })}` };
    const paths = ['/api/auth/login', '/api/auth/refresh', '/api/auth/logout'];
    for (const path of paths) await fresh.request(path, { method: 'POST', headers });
    expect(service.calls).toEqual([]);
  });

  it('live by keys that are not ours: we publish none', async () => {
    expect((await client.request('/.well-known/jwks.json')).body).toEqual({ keys: [] });
  });

  it('do not include a change of the password, which only the service could do', async () => {
    const body = { usuario: 'maria', contrasenia: rightPassword, nueva_contrasenia: 'new-canary' };
    const answer = await client.request('/api/auth/password', { method: 'POST', body });
    expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN']);
    expect(service.calls).toEqual([]);
  });

  /** By a key like those that the gateway signs with in the other mode. */
  function tokenOfOurs(): Promise<string> {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    return new SignJWT({ iss: issuer, aud: audience, sub: 'external:1042', exp: clock.nowSeconds() + 900 })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'judicial-1' })
      .sign(key);
  }
});

describe('the log', () => {
  it('holds no password and no token, and tells what happened', () => {
    const text = gateways.map((running) => running.logs()).join('');
    const secrets = [rightPassword, 'canary', 'canario', ...service.issued];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    for (const event of ['login', 'refresh', 'logout']) expect(text).toContain(`"event":"${event}"`);
    expect(text).toContain('"subject":"external:1042"');
  });
});
