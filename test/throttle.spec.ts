import { Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

afterEach(() => gateway.stop());

async function start(env: Record<string, string> = {}): Promise<void> {
  gateway = await startGateway({ STRATEGIES: 'external', EXTERNAL_AUTH_URL: 'http://127.0.0.1:9', ...env });
  client = new Client(gateway.url);
}

/** A login that is refused before any strategy is asked, so that only the throttle is measured. */
function emptyLogin(headers: Record<string, string> = {}): ReturnType<Client['request']> {
  return client.request('/api/auth/login', { method: 'POST', body: {}, headers });
}

async function countUntil429(
  headers: (attempt: number) => Record<string, string>,
  most: number,
): Promise<number> {
  for (let attempt = 1; attempt <= most; attempt++) {
    if ((await emptyLogin(headers(attempt))).status === 429) return attempt;
  }
  return Number.POSITIVE_INFINITY;
}

describe('the login throttle', () => {
  it('lets 20 logins of an address through in 15 minutes and refuses the 21st', async () => {
    await start();
    const first = await emptyLogin();
    expect(first.status).toBe(400);
    expect(first.headers.get('ratelimit-limit')).toBe('20');
    expect(first.headers.get('ratelimit-remaining')).toBe('19');
    expect(first.headers.get('ratelimit-reset')).toBe('900');
    for (let attempt = 2; attempt <= 20; attempt++) expect((await emptyLogin()).status).toBe(400);

    gateway.clock.advance(60_000);
    const refused = await emptyLogin();
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      message: 'Demasiados intentos de autenticación. Intenta de nuevo en 14 minutos.',
    });
    expect(refused.headers.get('retry-after')).toBe('840');
    expect(refused.headers.get('ratelimit-limit')).toBe('20');
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');

    gateway.clock.advance(840_000);
    expect((await emptyLogin()).status).toBe(400);
  });

  it('decides before any strategy is asked', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '1' });
    expect((await client.login('alice', 'secret-1')).status).toBe(503);
    expect((await client.login('alice', 'secret-1')).status).toBe(429);
  });

  it('is not moved by X-Forwarded-For from anyone who is no trusted proxy', async () => {
    await start();
    expect(await countUntil429((n) => ({ 'x-forwarded-for': `198.51.100.${n}` }), 30)).toBe(21);
  });

  it('takes the address that a trusted proxy saw, and not what its client claimed before', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_AUTH_MAX: '3' });
    const spoofed = (n: number) => ({ 'x-forwarded-for': `198.51.100.${n}, 203.0.113.7` });
    expect(await countUntil429(spoofed, 10)).toBe(4);
    expect((await emptyLogin({ 'x-forwarded-for': '203.0.113.8' })).status).toBe(400);
  });

  it('counts IPv6 by /64', async () => {
    await start({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_AUTH_MAX: '3' });
    expect(await countUntil429((n) => ({ 'x-forwarded-for': `2001:db8:0:1::${n}` }), 10)).toBe(4);
    expect((await emptyLogin({ 'x-forwarded-for': '2001:db8:0:2::1' })).status).toBe(400);
  });
});

describe('the general throttle', () => {
  it('counts refreshes by session, so that an office behind one address does not share a budget', async () => {
    gateway = await startGateway({ RATE_LIMIT_MAX: '3' });
    client = new Client(gateway.url);
    const one = await client.login('demo', gateway.demoPassword);
    const other = await client.login('demo', gateway.demoPassword);
    for (let n = 0; n < 3; n++) expect((await client.refresh(cookieOf(one))).status).toBe(200);
    const refused = await client.refresh(cookieOf(one));
    expect(refused.status).toBe(429);
    expect(refused.body['message']).toBe('Demasiadas solicitudes. Intenta de nuevo en 15 minutos.');
    expect((await client.refresh(cookieOf(other))).status).toBe(200);
    expect((await client.me(textOf(other.data, 'access_token'))).status).toBe(200);
  });

  it('counts by address where there is no session, also for invented tokens', async () => {
    await start({ RATE_LIMIT_MAX: '3' });
    for (let n = 0; n < 3; n++) {
      expect((await client.refresh(`refreshToken=${String(n).repeat(60)}`)).status).toBe(401);
    }
    expect((await client.refresh(`refreshToken=${'x'.repeat(60)}`)).status).toBe(429);
  });

  it('never keeps anybody from logging out', async () => {
    gateway = await startGateway({ RATE_LIMIT_MAX: '2' });
    client = new Client(gateway.url);
    const logins = [];
    for (let n = 0; n < 4; n++) logins.push(await client.login('demo', gateway.demoPassword));
    for (const one of logins) {
      expect((await client.logout(cookieOf(one))).status).toBe(200);
      expect(gateway.logs().match(/"event":"logout","outcome":"success"/g)).toHaveLength(
        logins.indexOf(one) + 1,
      );
    }
    expect(gateway.logs()).not.toContain('Too many logouts');
  });

  it('counts logouts apart from everything else', async () => {
    await start({ RATE_LIMIT_MAX: '2' });
    for (let n = 0; n < 4; n++) await client.logout(`refreshToken=${'x'.repeat(60)}`);
    expect((await client.refresh(`refreshToken=${'x'.repeat(60)}`)).status).toBe(401);
  });

  it('leaves health and the key set alone', async () => {
    await start({ RATE_LIMIT_MAX: '1' });
    for (let n = 0; n < 5; n++) {
      expect((await client.request('/health/live')).status).toBe(200);
      expect((await client.request('/.well-known/jwks.json')).status).toBe(200);
    }
  });
});
