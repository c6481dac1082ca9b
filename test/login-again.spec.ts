import { createHash } from 'node:crypto';
import { Client, cookieOf, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

const secret = 'a secret of more than 32 characters, surely';
const portal = {
  client_id: 'portal',
  client_secret_hash: `sha256:${createHash('sha256').update(secret).digest('hex')}`,
};

beforeEach(async () => {
  gateway = await startGateway({
    SESSIONS_MAX_PER_PERSON: '2',
    OAUTH_CLIENTS: JSON.stringify([portal, { ...portal, client_id: 'intranet' }]),
  });
  client = new Client(gateway.url);
});
afterEach(() => gateway.stop());

const login = (headers: Readonly<Record<string, string>> = {}) =>
  client.login('demo', gateway.demoPassword, headers);

/** What the audit trail says of sessions that have ended. */
function endings() {
  const lines = gateway.logs().split('\n');
  const audit = lines
    .filter((line) => line.includes('"audit":true'))
    .map((line) => objectOf(JSON.parse(line)));
  return audit.filter(({ event }) => event === 'session_end' || event === 'logout');
}

describe('a login with the cookie of an earlier one', () => {
  it('ends the session of that cookie, at once and for all its tokens', async () => {
    const first = await login();
    const second = await login({ cookie: cookieOf(first) });
    expect(second.status).toBe(200);
    expect((await client.refresh(cookieOf(first))).status).toBe(401);
    expect((await client.me(textOf(first.data, 'access_token'))).status).toBe(401);
    expect((await client.refresh(cookieOf(second))).status).toBe(200);
    const ended = endings();
    expect(ended).toMatchObject([
      { event: 'session_end', outcome: 'success', cause: 'replaced', door: 'native' },
    ]);
    expect(ended[0]).toHaveProperty('subject');
  });

  it('ends nothing when it is refused', async () => {
    const first = await login();
    expect((await client.login('demo', 'wrong', { cookie: cookieOf(first) })).status).toBe(401);
    expect((await client.refresh(cookieOf(first))).status).toBe(200);
  });

  it('takes no place of another device', async () => {
    const phone = await login();
    gateway.clock.advance(1000);
    const laptop = await login();
    gateway.clock.advance(1000);
    await login({ cookie: cookieOf(laptop) });
    expect((await client.refresh(cookieOf(phone))).status).toBe(200);
  });

  it('leaves it alone where the tokens travel in bodies, and where the cookie is none of ours', async () => {
    const first = await login();
    const body = { usuario: 'demo', contrasenia: gateway.demoPassword, token_delivery: 'body' };
    const headers = { cookie: cookieOf(first) };
    await client.request('/api/auth/login', { method: 'POST', body, headers });
    expect((await client.refresh(cookieOf(first))).status).toBe(200);
    expect((await login({ cookie: 'refreshToken=made-up' })).status).toBe(200);
  });

  it('ends nothing with a token that is spent: whoever found one in a log cannot log its owner out', async () => {
    const first = await login();
    const second = await client.refresh(cookieOf(first));
    const third = await client.refresh(cookieOf(second));
    expect((await login({ cookie: cookieOf(first) })).status).toBe(200);
    expect((await client.refresh(cookieOf(third))).status).toBe(200);
    expect(gateway.logs()).not.toContain('"event":"refresh_reuse"');
  });

  it('ends the session by the token before the newest too, which a browser sends that missed an answer', async () => {
    const first = await login();
    const second = await client.refresh(cookieOf(first));
    await login({ cookie: cookieOf(first) });
    expect((await client.refresh(cookieOf(second))).status).toBe(401);
  });

  it.each([
    ['the native API', {}],
    ['another client', { client_id: 'intranet', client_secret: secret }],
  ])('of %s ends no session of a client', async (_case, more) => {
    const owner = { usuario: 'demo', contrasenia: gateway.demoPassword };
    const clients = { client_id: portal.client_id, client_secret: secret };
    const method = { method: 'POST' };
    const first = await client.request('/api/auth/login', { ...method, body: { ...owner, ...clients } });
    const headers = { cookie: cookieOf(first) };
    const again = await client.request('/api/auth/login', {
      ...method,
      body: { ...owner, ...more },
      headers,
    });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect((await client.me(textOf(first.data, 'access_token'))).status).toBe(200);
  });

  it('ends a session of the native API, whichever client logs the same browser in', async () => {
    const first = await login();
    const body = {
      usuario: 'demo',
      contrasenia: gateway.demoPassword,
      ...{ client_id: 'portal', client_secret: secret },
    };
    const headers = { cookie: cookieOf(first) };
    expect((await client.request('/api/auth/login', { method: 'POST', body, headers })).status).toBe(200);
    expect((await client.me(textOf(first.data, 'access_token'))).status).toBe(401);
  });

  it('ends the session of the same client with a secret too, so that nobody has more than the limit', async () => {
    const owner = { usuario: 'demo', contrasenia: gateway.demoPassword };
    const body = { ...owner, client_id: portal.client_id, client_secret: secret };
    let cookie = '';
    const opened = [];
    for (let round = 0; round < 4; round++) {
      gateway.clock.advance(1000);
      const headers: Record<string, string> = cookie === '' ? {} : { cookie };
      const answer = await client.request('/api/auth/login', { method: 'POST', body, headers });
      expect(answer.status).toBe(200);
      opened.push(textOf(answer.data, 'access_token'));
      cookie = cookieOf(answer);
    }
    const statuses = await Promise.all(opened.map(async (token) => (await client.me(token)).status));
    expect(statuses).toEqual([401, 401, 401, 200]);
  });
});

describe('the cookies of a login', () => {
  it('are far below 4096 bytes each, name and attributes included', async () => {
    const cookies = (await login()).headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(1);
    for (const cookie of cookies) expect(Buffer.byteLength(cookie)).toBeLessThan(512);
    const [, token = ''] = /^refreshToken=([^;]*)/.exec(cookies.join('\n')) ?? [];
    expect(token).toMatch(/^[\w-]{60}$/);
  });
});

describe('several cookies of the name', () => {
  it('hide none of ours, wherever it stands', async () => {
    const own = cookieOf(await login());
    const refreshed = await client.refresh(`refreshToken=junk; refreshToken=j:{}; ${own}`);
    expect(refreshed.status).toBe(200);
    const next = cookieOf(refreshed);
    expect((await client.logout(`refreshToken=junk; ${next}`)).status).toBe(200);
    expect((await client.refresh(next)).status).toBe(401);
    expect((await client.refresh('refreshToken=junk; refreshToken=other')).body['code']).toBe(
      'REFRESH_TOKEN_INVALID',
    );
  });
});
