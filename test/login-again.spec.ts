import { Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

beforeEach(async () => {
  gateway = await startGateway({ SESSIONS_MAX_PER_PERSON: '2' });
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
});
