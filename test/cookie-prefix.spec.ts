import { Client, cookieOf } from './support/client';
import { startGateway } from './support/gateway';

describe('COOKIE_PREFIX', () => {
  it('makes cookies without the prefix count for nothing', async () => {
    const gateway = await startGateway({
      ...{ COOKIE_PREFIX: '__Host-', COOKIE_SECURE: 'true', COMPAT: 'django' },
    });
    const client = new Client(gateway.url);
    const refresh = cookieOf(await client.login('demo', gateway.demoPassword));
    const body = { username: 'demo', password: gateway.demoPassword };
    const session = cookieOf(await client.request('/api/login-ldap/', { method: 'POST', body }));
    const planted = (cookie: string) => cookie.replace('__Host-', '');
    const statuses = [
      (await client.refresh(planted(refresh))).status,
      (await client.refresh(refresh)).status,
      (await client.request('/api/session/', { headers: { cookie: planted(session) } })).status,
      (await client.request('/api/session/', { headers: { cookie: session } })).status,
    ];
    await gateway.stop();
    expect([refresh, session].map((cookie) => cookie.split('=')[0])).toEqual([
      ...['__Host-refreshToken', '__Host-sessionid'],
    ]);
    expect(statuses).toEqual([401, 200, 401, 200]);
  });
});
