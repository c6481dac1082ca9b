import { type Answer, Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;
afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  gateway = await startGateway({ COMPAT: 'django', TRUSTED_PROXIES: '127.0.0.1', ...env });
  client = new Client(gateway.url);
}

function from(
  address: string,
  path: string,
  options: { method?: string; headers?: object } = {},
): Promise<Answer> {
  const headers = { 'x-forwarded-for': address, ...options.headers };
  return client.request(path, { method: options.method ?? 'GET', headers });
}

async function enter(): Promise<string> {
  const body = { username: 'demo', password: gateway.demoPassword };
  return cookieOf(await client.request('/api/login-ldap/', { method: 'POST', body }));
}

describe('the restriction to devices', () => {
  it('refuses other addresses in the words of the Django back end, as plain text', async () => {
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '10.20.' });
    const refused = await from('192.0.2.1', '/api/logout/');
    expect([refused.status, refused.text]).toEqual([403, 'Acceso denegado: Dispositivo no autorizado.']);
    expect(refused.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const unknown = await from('nonsense', '/api/logout/');
    expect([unknown.status, unknown.text]).toEqual([403, 'Acceso denegado: No se pudo identificar la IP.']);
    expect((await from('10.20.1.1', '/api/logout/')).status).toBe(200);
    expect((await from('::ffff:10.20.1.1', '/api/logout/')).status).toBe(200);
    expect((await from('10.200.1.1', '/api/logout/')).status).toBe(403);
  });

  it('lets the login pass from anywhere, as theirs does, and nothing else unless DJANGO_IP_EXEMPT_PATHS says so', async () => {
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '10.' });
    expect((await from('192.0.2.1', '/api/login-ldap/', { method: 'POST' })).status).toBe(400);
    expect((await from('192.0.2.1', '/api/login-ldap', { method: 'POST' })).status).toBe(400);
    expect((await from('192.0.2.1', '/api/session')).status).toBe(403);
    await gateway.stop();
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '10.', DJANGO_IP_EXEMPT_PATHS: '/api/logout' });
    expect((await from('192.0.2.1', '/api/login-ldap/', { method: 'POST' })).status).toBe(403);
    expect((await from('192.0.2.1', '/api/login-ldap/')).status).toBe(403);
    expect((await from('192.0.2.1', '/api/logout/')).status).toBe(200);
    await gateway.stop();
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '10.', DJANGO_IP_EXEMPT_PATHS: 'none' });
    expect((await from('192.0.2.1', '/api/login-ldap/', { method: 'POST' })).status).toBe(403);
  });

  it.each(['127.0.0.1', '127.0.0.0/8', '10.0.0.1,127.0.0.1'])(
    'does not take the address of a proxy for that of the client who came through it: %s',
    async (proxies) => {
      await start({ DJANGO_ALLOWED_IP_PREFIXES: '127.', TRUSTED_PROXIES: proxies });
      const silences: Readonly<Record<string, string>>[] = [
        {},
        { 'x-forwarded-for': '' },
        { 'x-forwarded-for': ' , ' },
      ];
      for (const silent of silences) {
        const refused = await client.request('/api/logout/', { headers: silent });
        expect([refused.status, refused.text]).toEqual([
          403,
          'Acceso denegado: No se pudo identificar la IP.',
        ]);
      }
      expect((await from('127.0.0.1', '/api/logout/')).status).toBe(200);
    },
  );

  it('takes the address of whoever is no trusted proxy for theirs', async () => {
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '127.', TRUSTED_PROXIES: '10.0.0.1' });
    expect((await client.request('/api/logout/')).status).toBe(200);
  });

  it('holds for the cookie on every route that takes it, and leaves the native API alone', async () => {
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '10.20.' });
    const cookie = await enter();
    const login = await client.login('demo', gateway.demoPassword);
    const authorization = `Bearer ${textOf(login.data, 'access_token')}`;
    expect((await from('10.20.1.1', '/api/auth/me', { headers: { cookie } })).status).toBe(200);
    const me = (headers: object) => from('192.0.2.1', '/api/auth/me', { headers });
    const refused = await me({ cookie });
    expect([refused.status, refused.body['code'], refused.body['message']]).toEqual([
      ...[403, 'FORBIDDEN', 'Acceso denegado: Dispositivo no autorizado.'],
    ]);
    // Not by a header that is no Bearer token, nor by another spelling of the path.
    expect((await me({ cookie, authorization: 'Basic x' })).status).toBe(403);
    expect((await from('192.0.2.1', '/api/auth/%6De', { headers: { cookie } })).status).toBe(403);
    expect((await me({ authorization, cookie })).status).toBe(200);
    expect((await from('192.0.2.1', '/health/live', { headers: { cookie } })).status).toBe(200);
  });

  it('goes by no header of somebody who is no trusted proxy', async () => {
    await start({ DJANGO_ALLOWED_IP_PREFIXES: '10.20.', TRUSTED_PROXIES: '' });
    const headers = { 'x-real-ip': '10.20.1.1', 'x-forwarded-for': '10.20.1.1' };
    expect((await client.request('/api/logout/', { headers })).status).toBe(403);
  });

  it('lets in the addresses of allowed names', async () => {
    await start({ DJANGO_ALLOWED_HOSTNAMES: 'localhost', TRUSTED_PROXIES: '' });
    expect((await client.request('/api/logout/')).status).toBe(200);
  });

  it('lets everybody in where nothing is set', async () => {
    await start({});
    expect((await from('192.0.2.1', '/api/logout/')).status).toBe(200);
  });
});
