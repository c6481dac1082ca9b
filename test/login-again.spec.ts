import { createHash } from 'node:crypto';
import { Client, cookieOf, textOf } from './support/client';
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
    OAUTH_CLIENTS: JSON.stringify([portal]),
  });
  client = new Client(gateway.url);
});
afterEach(() => gateway.stop());

const login = (headers: Readonly<Record<string, string>> = {}) =>
  client.login('demo', gateway.demoPassword, headers);

describe('a login with the cookie of an earlier one', () => {
  it('ends the session of that cookie, at once and for all its tokens', async () => {
    const first = await login();
    const second = await login({ cookie: cookieOf(first) });
    expect(second.status).toBe(200);
    expect((await client.refresh(cookieOf(first))).status).toBe(401);
    expect((await client.me(textOf(first.data, 'access_token'))).status).toBe(401);
    expect((await client.refresh(cookieOf(second))).status).toBe(200);
    expect(gateway.logs()).toContain('"event":"logout"');
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

  it('ends the session of a client with a secret too, so that nobody has more than the limit', async () => {
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
