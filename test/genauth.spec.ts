import { loadSettings } from '../src/config/load-settings';
import { type Answer, Client, type JsonObject, objectOf, textOf } from './support/client';
import type { RunningGateway } from './support/gateway';
import {
  appSecret,
  encrypted,
  logoutUri,
  plainLogoutUri,
  sdkOf,
  signIn,
  startGenAuth,
} from './support/genauth-bench';

const anyText: unknown = expect.any(String);
const pemText: unknown = expect.stringContaining('BEGIN PUBLIC KEY');
const pointText: unknown = expect.stringMatching(/^04[0-9a-f]{128}$/);
let gateway: RunningGateway;
let client: Client;
let right: JsonObject;

beforeAll(async () => {
  gateway = await startGenAuth({});
  client = new Client(gateway.url);
  right = {
    connection: 'PASSWORD',
    passwordPayload: { username: 'demo', password: gateway.demoPassword },
  };
});
afterAll(() => gateway.stop());

function post(path: string, body: unknown, headers = {}): Promise<Answer> {
  return client.request(path, { method: 'POST', body, headers });
}

function lastAudit(): JsonObject {
  const lines = gateway
    .logs()
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  return objectOf(lines.findLast((line) => objectOf(line)['audit'] === true));
}

async function idTokenOf(more: JsonObject = {}): Promise<string> {
  return textOf((await signIn(gateway, { ...right, ...more })).data, 'id_token');
}

describe('the application', () => {
  it('may say its secret by Basic', async () => {
    const authorization = `Basic ${Buffer.from(`client_secret_basic:${appSecret}`).toString('base64')}`;
    const answer = await post('/api/v3/signin', right, { authorization });
    expect(answer.body['statusCode']).toBe(200);
  });

  it('may be public and name itself in the header alone, even beside a raw token', async () => {
    const headers = { 'x-authing-app-id': 'none', authorization: 'a.b.c' };
    expect((await post('/api/v3/signin', right, headers)).body['statusCode']).toBe(200);
  });

  it('gets as much of the default scope as it may have, and no more than that if it asks', async () => {
    const app = { client_id: 'little', client_secret: undefined };
    const given = await signIn(gateway, { ...right, ...app });
    expect(given.data['scope']).toBe('openid');
    const refused = await signIn(gateway, { ...right, ...app, options: { scope: 'openid profile' } });
    expect([refused.body['statusCode'], refused.body['apiCode']]).toEqual([400, undefined]);
  });

  it('gets a refresh token by offline_access alone, and else a session as long as the access token', async () => {
    const short = await signIn(gateway, right);
    const long = await signIn(gateway, { ...right, options: { scope: 'offline_access' } });
    expect([short.data['refresh_token'], typeof long.data['refresh_token']]).toEqual([undefined, 'string']);
    expect([long.data['id_token'], long.data['scope']]).toEqual([undefined, 'offline_access']);
    const native = await client.login('demo', gateway.demoPassword);
    const live = await client.request('/api/auth/sessions', {
      headers: { authorization: `Bearer ${textOf(native.data, 'access_token')}` },
    });
    const listed = live.body['data'];
    const lives = (Array.isArray(listed) ? listed : []).map((session) => {
      const { expires_at: end, created_at: start } = objectOf(session);
      return Math.round((Date.parse(String(end)) - Date.parse(String(start))) / 1000);
    });
    expect(lives).toEqual(expect.arrayContaining([900, 86400]));
  });
});

describe('what a client says of the login', () => {
  it('goes to the audit trail, without what looks like a secret', async () => {
    const customData = {
      ...{ branch: 'Madrid', apiToken: 'CANARY', note: `it is ${gateway.demoPassword}!` },
      ...{ clave: 'CANARY', app: `ours is ${appSecret}` },
    };
    const options = { tenantId: 't1', context: '{"source":"utm","password":"CANARY"}', customData };
    await signIn(gateway, { ...right, options });
    expect(lastAudit()).toMatchObject({
      event: 'login',
      door: 'genauth',
      clientData: {
        tenantId: 't1',
        context: { source: 'utm', password: '[left out]' },
        customData: { branch: 'Madrid', apiToken: '[left out]', note: '[left out]', clave: '[left out]' },
      },
    });
    for (const secret of ['CANARY', appSecret]) expect(gateway.logs()).not.toContain(secret);
  });

  it('is there for a refused login too, and cut where it is too much', async () => {
    const options = { tenantId: 't1', customData: { filler: 'x'.repeat(5000) } };
    await signIn(gateway, {
      connection: 'LDAP',
      ldapPayload: { sAMAccountName: 'demo', password: 'wrong' },
      options,
    });
    expect(lastAudit()).toMatchObject({
      outcome: 'refused',
      clientData: { tenantId: 't1', omitted: ['customData'] },
    });
  });

  it('is believed of the address where the application has shown its secret, and not else', async () => {
    const options = { clientIp: '2001:db8::7' };
    await signIn(gateway, { ...right, options });
    expect(lastAudit()).toMatchObject({ outcome: 'success', address: '2001:db8::7' });
    await signIn(gateway, { ...right, options, client_id: 'none', client_secret: undefined });
    expect(lastAudit()).toMatchObject({ outcome: 'success', address: '127.0.0.1' });
  });
});

describe('GET /api/v3/system', () => {
  it('is not wrapped, and stays the same', async () => {
    const first = await client.request('/api/v3/system');
    expect(first.body).toMatchObject({
      rsa: { publicKey: pemText },
      sm2: { publicKey: pointText },
      version: { server: anyText, console: anyText, login: anyText },
      publicIps: [],
    });
    expect((await client.request('/api/v3/system')).body).toEqual(first.body);
  });

  it('refuses an empty password that was encrypted', async () => {
    const password = await encrypted('sm2', '', sdkOf(gateway, 'none'));
    const options = { passwordEncryptType: 'sm2' };
    const answer = await signIn(gateway, {
      connection: 'LDAP',
      ldapPayload: { sAMAccountName: 'demo', password },
      options,
    });
    expect([answer.body['statusCode'], answer.body['apiCode']]).toEqual([403, 2333]);
  });
});

describe('/oidc/session/end', () => {
  const end = (parameters: Record<string, string>) =>
    client.request(`/oidc/session/end?${new URLSearchParams(parameters).toString()}`);

  it('ends the session and goes nowhere that the application has not registered', async () => {
    const { data } = await signIn(gateway, right);
    const hint = textOf(data, 'id_token');
    const away = await end({ id_token_hint: hint, post_logout_redirect_uri: `${logoutUri}x`, state: 's' });
    expect([away.status, away.headers.get('location')]).toEqual([200, null]);
    expect(away.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(away.text).not.toContain('example.org');
    expect((await client.me(textOf(data, 'access_token'))).status).toBe(401);
    const again = await end({ id_token_hint: hint, post_logout_redirect_uri: logoutUri });
    expect([again.status, again.headers.get('location')]).toEqual([302, logoutUri]);
  });

  it.each([
    [undefined, plainLogoutUri],
    ['a b', plainLogoutUri.replace('#', '?state=a%20b#')],
  ])('goes to the registered address as it was written, with the state %j', async (state, location) => {
    const parameters = { id_token_hint: await idTokenOf(), post_logout_redirect_uri: plainLogoutUri };
    const answer = await end({ ...parameters, ...(state !== undefined && { state }) });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, location]);
  });

  it('takes a form, and an ID token that has expired', async () => {
    const { data } = await signIn(gateway, { ...right, options: { scope: 'openid offline_access' } });
    gateway.clock.advance(3_600_000);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = new URLSearchParams({ id_token_hint: textOf(data, 'id_token') }).toString();
    expect((await post('/oidc/session/end', form, headers)).status).toBe(200);
    expect(lastAudit()).toMatchObject({ event: 'logout', door: 'genauth' });
  });

  it.each([
    ['nothing', () => Promise.resolve({})],
    [
      'an access token',
      async () => ({ id_token_hint: textOf((await signIn(gateway, right)).data, 'access_token') }),
    ],
    ['garbage', () => Promise.resolve({ id_token_hint: 'a.b.c' })],
    [
      'the ID token of another application',
      async () => ({ id_token_hint: await idTokenOf(), client_id: 'none' }),
    ],
    ['a forged ID token', async () => ({ id_token_hint: `${(await idTokenOf()).slice(0, -6)}AAAAAA` })],
  ])('ends nothing for %s', async (_case, parameters) => {
    const logouts = () => gateway.logs().split('"event":"logout"').length;
    const before = logouts();
    const answer = await end({ ...(await parameters()), post_logout_redirect_uri: logoutUri });
    expect([answer.status, answer.headers.get('location'), logouts()]).toEqual([400, null, before]);
  });
});

describe('an application with the scope openid alone', () => {
  it('learns who it is by an id, and neither names, address, roles nor groups', async () => {
    const app = { client_id: 'little', client_secret: undefined };
    const authorization = textOf((await signIn(gateway, { ...right, ...app })).data, 'access_token');
    const ask = (path: string) => client.request(`/api/v3/${path}`, { headers: { authorization } });
    const { data } = await ask('get-profile?withCustomData=true');
    expect(data).toMatchObject({ userId: anyText, customData: {} });
    for (const name of ['username', 'preferredUsername', 'name', 'givenName', 'familyName', 'email']) {
      expect(Object.keys(data)).not.toContain(name);
    }
    for (const path of ['get-my-role-list', 'get-my-group-list']) {
      expect((await ask(path)).body).toMatchObject({ statusCode: 403 });
    }
  });
});

describe('with HS256', () => {
  it('gives no openid unasked, as there are no ID tokens, and warns of it', async () => {
    const env = { COMPAT: 'genauth', JWT_SECRET: 'a secret of more than thirty-two bytes, for tests' };
    expect(loadSettings(env).warnings.join()).toMatch('no ID tokens with HS256');
    const other = await startGenAuth(env);
    const credentials = { username: 'demo', password: other.demoPassword };
    const { data } = await signIn(other, { connection: 'PASSWORD', passwordPayload: credentials });
    await other.stop();
    expect([data['scope'], data['id_token']]).toEqual(['profile', undefined]);
  });
});

it.each(['ES384', 'RS512', 'PS256'])('lets the SDK verify tokens signed by %s', async (algorithm) => {
  const other = await startGenAuth({ JWT_ALGORITHM: algorithm });
  const sdk = sdkOf(other, 'none');
  const { data } = await sdk.signInByUsernamePassword({ username: 'demo', password: other.demoPassword });
  const access = await sdk.parseAccessToken(data.access_token ?? '').catch((error: unknown) => error);
  const id = await sdk.parseIDToken(data.id_token ?? '').catch((error: unknown) => error);
  await other.stop();
  expect([access, id]).toMatchObject([{ client_id: 'none' }, { aud: 'none' }]);
});

describe('beside the standard endpoints', () => {
  it('publishes the key set below the name of an application, and of no other', async () => {
    const paths = [
      '/.well-known/jwks.json',
      '/oidc/.well-known/jwks.json',
      '/none/oidc/.well-known/jwks.json',
    ];
    const sets = await Promise.all(paths.map((path) => client.request(path)));
    expect(sets[0]?.body).toMatchObject({ keys: [{ kty: 'EC' }] });
    for (const { body } of sets) expect(body).toEqual(sets[0]?.body);
    for (const appId of ['nobody', 'gatehouse']) {
      expect((await client.request(`/${appId}/oidc/.well-known/jwks.json`)).status).toBe(404);
    }
  });

  it('takes a token without Bearer on its own paths alone', async () => {
    const headers = { authorization: textOf((await signIn(gateway, right)).data, 'access_token') };
    const paths = ['/api/v3/get-profile', '/oidc/me', '/api/auth/me', '/api/auth/sessions'];
    const answers = await Promise.all(paths.map((path) => client.request(path, { headers })));
    expect(answers.map(({ status, body }) => body['statusCode'] ?? status)).toEqual([200, 200, 401, 401]);
  });

  it('knows a public client by x-authing-app-id, and no confidential one', async () => {
    const { data } = await signIn(gateway, { ...right, client_id: 'none', client_secret: undefined });
    const token = textOf(data, 'access_token');
    const asked = (appId: string) =>
      post('/oidc/token/introspection', new URLSearchParams({ token }).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
        'x-authing-app-id': appId,
        authorization: token,
      });
    expect((await asked('none')).body).toMatchObject({ active: true, client_id: 'none' });
    const refused = await asked('client_secret_basic');
    expect([refused.status, refused.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('lets pages of the allowed origins send x-authing-app-id', async () => {
    const origin = 'https://app.example.org';
    const open = await startGenAuth({ ALLOWED_ORIGINS: origin });
    const headers = { origin, 'access-control-request-method': 'POST' };
    const preflight = await new Client(open.url).request('/api/v3/signin', { method: 'OPTIONS', headers });
    await open.stop();
    expect(preflight.headers.get('access-control-allow-headers')).toContain('X-Authing-App-Id');
  });
});
