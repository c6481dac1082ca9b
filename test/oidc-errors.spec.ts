import { createHash } from 'node:crypto';
import { oauthErrorNames } from '../src/oidc/oauth-errors';
import { type Answer, Client } from './support/client';
import { basic, logIn, type OidcBench, oidcBench, plainBasic, postForm, secrets } from './support/oidc-bench';

const token = '/oidc/token';
const paths = [token, '/oidc/token/introspection', '/oidc/token/revocation'];
const badClient = 'Basic realm="gatehouse", charset="UTF-8"';
const anyText: unknown = expect.any(String);
let bench: OidcBench;

beforeAll(async () => {
  bench = await oidcBench({ ALLOWED_ORIGINS: 'https://app.example.org' });
});
afterAll(() => bench.stop());

const refresh = (refresh_token: string, more = {}, headers = {}) =>
  postForm(bench, token, { grant_type: 'refresh_token', refresh_token, client_id: 'app', ...more }, headers);

/** Every error has this form, whatever it is (RFC 6749 section 5.2). */
function expectError(answer: Answer, status: number, error: string): void {
  expect([answer.status, answer.body['error']]).toEqual([status, error]);
  expect(oauthErrorNames).toContain(error);
  expect(answer.body['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(Object.keys(answer.body)).toEqual(['error', 'error_description']);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual([
    'no-store',
    'no-cache',
  ]);
}

describe('POST /oidc/token', () => {
  it('answers as RFC 6749 section 5.1 says, and narrows the scope of one access token alone', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'openid profile email' });
    const narrowed = await refresh(login.refreshToken, { scope: 'profile' });
    expect(narrowed.status).toBe(200);
    expect([narrowed.headers.get('cache-control'), narrowed.headers.get('pragma')]).toEqual([
      'no-store',
      'no-cache',
    ]);
    expect(narrowed.body).toEqual({
      access_token: anyText,
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: anyText,
      scope: 'profile',
    });
    const again = await refresh(String(narrowed.body['refresh_token']));
    expect(again.body).toMatchObject({ scope: 'openid profile email', id_token: anyText });
    expect(again.body['refresh_token']).not.toBe(narrowed.body['refresh_token']);
  });

  it.each([
    ['no parameter', {}, 'invalid_request'],
    ['no grant type', { client_id: 'app', refresh_token: 'x' }, 'invalid_request'],
    ['no refresh token', { client_id: 'app', grant_type: 'refresh_token' }, 'invalid_request'],
    ['an empty one', { client_id: 'app', grant_type: 'refresh_token', refresh_token: '' }, 'invalid_request'],
    [
      'a long one',
      { client_id: 'app', grant_type: 'refresh_token', refresh_token: 'x'.repeat(5000) },
      'invalid_request',
    ],
    ['a parameter twice', 'client_id=app&client_id=app&grant_type=refresh_token', 'invalid_request'],
    ['a password', { client_id: 'app', grant_type: 'password', username: 'demo' }, 'unsupported_grant_type'],
    ['a code', { client_id: 'app', grant_type: 'authorization_code' }, 'unsupported_grant_type'],
    [
      'nonsense',
      { client_id: 'app', grant_type: 'refresh_token', refresh_token: 'nonsense' },
      'invalid_grant',
    ],
  ])('refuses %s', async (_case, fields, error) => {
    expectError(await postForm(bench, token, fields), 400, error);
  });

  it('refuses a scope that was not granted or cannot be read, and the session goes on', async () => {
    const login = await logIn(bench, { client_id: 'app', scope: 'profile' });
    for (const scope of ['email', 'profile admin', 'a"b', 'ä'])
      expectError(await refresh(login.refreshToken, { scope }), 400, 'invalid_scope');
    expect((await refresh(login.refreshToken)).body).toMatchObject({ scope: 'profile' });
  });

  it.each([
    ['another public client', { client_id: 'other' }, {}],
    ['the native API', { client_id: 'gatehouse' }, {}],
    ['a confidential client', { client_id: '' }, basic('api', secrets.api)],
  ])(
    'refuses %s with a good refresh token, and the session goes on for its owner',
    async (_case, more, headers) => {
      const login = await logIn(bench, { client_id: 'app' });
      expectError(await refresh(login.refreshToken, more, headers), 400, 'invalid_grant');
      const own = await refresh(login.refreshToken);
      expect(own.status).toBe(200);
      expect((await refresh(String(own.body['refresh_token']))).status).toBe(200);
    },
  );

  it('refuses a confidential client’s token at the native API, which cannot check a secret', async () => {
    const login = await logIn(bench, { client_id: 'api', client_secret: secrets.api });
    const body = { refresh_token: login.refreshToken };
    const native = await bench.client.request('/api/auth/refresh', { method: 'POST', body });
    expect([native.status, native.body['code']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    expect((await refresh(login.refreshToken, { client_id: '' }, basic('api', secrets.api))).status).toBe(
      200,
    );
  });

  it('ends the session of a reused token, as at the native API', async () => {
    const login = await logIn(bench, { client_id: 'app' });
    const second = await refresh(login.refreshToken);
    const third = await refresh(String(second.body['refresh_token']));
    const reused = await refresh(login.refreshToken);
    expectError(reused, 400, 'invalid_grant');
    expect(reused.body['error_description']).toMatch(/used before/);
    expectError(await refresh(String(third.body['refresh_token'])), 400, 'invalid_grant');
  });

  it('tells an expired token', async () => {
    const clocked = await oidcBench();
    try {
      const login = await logIn(clocked, { client_id: 'app' });
      clocked.gateway.clock.advance(86_400_000);
      const fields = { grant_type: 'refresh_token', refresh_token: login.refreshToken, client_id: 'app' };
      expectError(await postForm(clocked, token, fields), 400, 'invalid_grant');
    } finally {
      await clocked.stop();
    }
  });
});

describe.each(paths)('client authentication at %s', (path) => {
  const fields = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x' };

  it.each([
    ['nobody', {}, {}, false],
    ['an unknown client', { client_id: 'nobody' }, {}, false],
    ['a confidential client without its secret', { client_id: 'api' }, {}, false],
    ['a wrong secret in the body', { client_id: 'api', client_secret: 'wrong' }, {}, false],
    ['a public client with a secret', { client_id: 'app', client_secret: 'x' }, {}, false],
    ['a way that the client does not use', { client_id: 'odd', client_secret: secrets.odd }, {}, false],
    ['a wrong secret in the header', {}, basic('api', 'wrong'), true],
    ['an unknown client in the header', {}, basic('nobody', 'x'), true],
    ['both ways', { client_id: 'api', client_secret: secrets.api }, basic('api', secrets.api), true],
    [
      'a secret without a name beside the header',
      { client_secret: secrets.api },
      basic('api', secrets.api),
      true,
    ],
    ['two names', { client_id: 'app' }, basic('api', secrets.api), true],
    ['a header that is no base64', {}, { authorization: 'Basic !' }, true],
    [
      'a header without a colon',
      {},
      { authorization: `Basic ${Buffer.from('api').toString('base64')}` },
      true,
    ],
    ['a header that is too long', {}, plainBasic('api', 'x'.repeat(3000)), true],
  ])('refuses %s with a challenge only where the header was used', async (_case, more, headers, byHeader) => {
    const answer = await postForm(bench, path, { ...fields, ...more }, headers);
    expectError(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toBe(byHeader ? badClient : null);
  });

  it.each([
    ['encoded', basic('odd', secrets.odd)],
    ['as it is', plainBasic('odd', 'söme :%41+ &=secret of 24')],
    ['of a public client, left empty', plainBasic('app', '')],
  ])('takes a secret in the header %s', async (_case, headers) => {
    const answer = await postForm(bench, path, fields, headers);
    expect(answer.body['error']).not.toBe('invalid_client');
  });

  it('speaks the same language about everything that comes before it', async () => {
    const post = (body: string | undefined, type: Record<string, string>) =>
      bench.client.request(path, { method: 'POST', body, headers: type });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expectError(await post('{}', { 'content-type': 'application/json' }), 415, 'invalid_request');
    expectError(await post('a', { 'content-type': 'text/plain' }), 415, 'invalid_request');
    expectError(await post(`token=${'x'.repeat(20_000)}`, form), 413, 'invalid_request');
    expectError(await post(undefined, {}), 400, 'invalid_request');
    const wrongMethod = await bench.client.request(path);
    expectError(wrongMethod, 405, 'invalid_request');
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expectError(await bench.client.request(`${path}/nothing`), 404, 'invalid_request');
  });
});

describe('limits', () => {
  it('counts refreshes of a session, and answers 429 with Retry-After in the language of OAuth', async () => {
    const limited = await oidcBench({ RATE_LIMIT_MAX: '2' });
    try {
      const [one, two] = [
        await logIn(limited, { client_id: 'app' }),
        await logIn(limited, { client_id: 'app' }),
      ];
      const fields = { grant_type: 'refresh_token', client_id: 'app' };
      const once = ({ refreshToken }: typeof one) =>
        postForm(limited, token, { ...fields, refresh_token: refreshToken });
      expect([(await once(one)).status, (await once(one)).status]).toEqual([200, 200]);
      const refused = await once(one);
      expectError(refused, 429, 'temporarily_unavailable');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await once(two)).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  it('bars an address from one client after too many wrong secrets, and from no other', async () => {
    const limited = await oidcBench({
      RATE_LIMIT_AUTH_MAX: '3',
      RATE_LIMIT_WINDOW_MS: '60000',
      OAUTH_CLIENTS: twoConfidential(),
    });
    const introspect = (id: string, secret: string) =>
      postForm(limited, '/oidc/token/introspection', { token: 'x' }, basic(id, secret));
    try {
      for (let right = 0; right < 6; right++) expect((await introspect('api', secrets.api)).status).toBe(200);
      for (let wrong = 0; wrong < 3; wrong++)
        expectError(await introspect('api', `${wrong}`), 401, 'invalid_client');
      for (const secret of ['wrong', secrets.api]) {
        const barred = await introspect('api', secret);
        expectError(barred, 429, 'temporarily_unavailable');
        expect(Number(barred.headers.get('retry-after'))).toBe(60);
      }
      expect((await introspect('odd', secrets.odd)).status).toBe(200);
      limited.gateway.clock.advance(60_000);
      expect((await introspect('api', secrets.api)).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });
});

describe('what holds for all of them', () => {
  it('no answer and no line of the log holds a secret or a token', async () => {
    const login = await logIn(bench, { client_id: 'api', client_secret: secrets.api, scope: 'openid' });
    await refresh(login.refreshToken, { client_id: '' }, basic('api', secrets.api));
    await refresh(login.refreshToken, { client_id: 'api', client_secret: 'a-wrong-secret-of-mine' });
    const logs = bench.gateway.logs();
    for (const secret of [secrets.api, 'a-wrong-secret-of-mine', login.refreshToken, login.accessToken])
      expect(logs.includes(secret)).toBe(false);
  });

  it('errors of the native API keep their form', async () => {
    const answer = await new Client(bench.issuer).request('/oidcs');
    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
  });
});

function twoConfidential(): string {
  const hash = (secret: string) => `sha256:${createHash('sha256').update(secret).digest('hex')}`;
  return JSON.stringify(
    Object.entries(secrets).map(([client_id, secret]) => ({ client_id, client_secret_hash: hash(secret) })),
  );
}
