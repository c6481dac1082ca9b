import { connect } from 'node:net';
import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  gateway = await startGateway(env);
  client = new Client(gateway.url);
}

const strict = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

function securityOf(headers: Headers): Record<string, string | null> {
  return Object.fromEntries(Object.keys(strict).map((name) => [name, headers.get(name)]));
}

/** The answer to bytes that are no request of HTTP, as they come. */
function answerTo(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.end(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.once('error', reject).once('close', () => resolve(text));
  });
}

describe('the security headers', () => {
  it('are those of a strict API on every answer, errors included', async () => {
    await start({ RATE_LIMIT_AUTH_MAX: '1', COMPAT: 'genauth,django,ping-directory' });
    const post = { method: 'POST', body: { usuario: 'demo', contrasenia: 'wrong' } };
    const long = { method: 'POST', body: { usuario: 'x'.repeat(20_000) } };
    const asked: readonly [number, string, Parameters<Client['request']>[1]?][] = [
      [200, '/health/live'],
      [200, '/openapi.json'],
      [401, '/api/auth/login', post],
      [413, '/api/auth/login', long],
      [401, '/api/auth/me'],
      [404, '/nowhere'],
      [400, '/api/auth/%zz'],
      [405, `/api/auth/sessions/${'x'.repeat(5000)}`],
      [405, '/api/auth/login'],
      [400, '/oidc/session/end'],
      [401, '/api/session/'],
      [429, '/api/auth/login', post],
    ];
    for (const [status, path, options] of asked) {
      const answer = await client.request(path, options);
      expect([path.slice(0, 40), answer.status, securityOf(answer.headers)]).toEqual([
        ...[path.slice(0, 40), status, strict],
      ]);
      expect(answer.headers.get('server') ?? answer.headers.get('x-powered-by')).toBeNull();
      expect(answer.headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('are there for preflights, granted or not, and for a bare OPTIONS, which is a method like any other', async () => {
    const origin = 'https://app.example.org';
    await start({ ALLOWED_ORIGINS: origin, COMPAT: 'django' });
    const preflight = { 'access-control-request-method': 'POST' };
    const asked: readonly [number, string, Readonly<Record<string, string>>][] = [
      [204, '/api/auth/login', { ...preflight, origin }],
      [204, '/api/auth/login', { ...preflight, origin: 'https://evil.example.net' }],
      [200, '/api/login-ldap/', { ...preflight, origin }],
      [405, '/api/auth/login', {}],
      [405, '/api/auth/login', { origin }],
      [404, '/nowhere', {}],
      [200, '/api/login-ldap/', {}],
    ];
    for (const [status, path, headers] of asked) {
      const answer = await client.request(path, { method: 'OPTIONS', headers });
      const { headers: given } = answer;
      expect([path, answer.status, securityOf(given)]).toEqual([path, status, strict]);
      expect(given.get('cache-control')).toBe('no-store');
      expect(given.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    }
  });

  it('are there for what is no request at all', async () => {
    await start({ COOKIE_SECURE: 'true' });
    const answer = (await answerTo('what is this?\r\n\r\n')).toLowerCase();
    expect(answer).toMatch(/^http\/1.1 400 /);
    for (const [name, value] of Object.entries(strict)) {
      expect(answer).toContain(`\r\n${name}: ${value.toLowerCase()}\r\n`);
    }
    expect(answer).toContain('\r\nstrict-transport-security: max-age=31536000\r\n');
  });

  it('let pages of all sites embed what is public', async () => {
    await start({ COMPAT: 'genauth' });
    for (const path of [
      ...['/.well-known/jwks.json', '/.well-known/openid-configuration', '/api/auth/revocations'],
      ...['/oidc/.well-known/jwks.json', '/.well-known/oauth-authorization-server'],
    ]) {
      const { headers } = await client.request(path);
      expect([path, securityOf(headers)]).toEqual([
        ...[path, { ...strict, 'cross-origin-resource-policy': 'cross-origin' }],
      ]);
    }
  });

  it('give the API page what it needs and no inline script', async () => {
    await start();
    for (const path of ['/docs', '/docs/swagger-ui-bundle.js']) {
      const { headers, status } = await client.request(path);
      const { 'content-security-policy': policy, ...others } = securityOf(headers);
      expect([status, { ...strict, ...others }]).toEqual([200, strict]);
      expect(policy).toContain("default-src 'none';script-src 'self';script-src-attr 'none';");
      expect(policy).toContain("frame-ancestors 'none'");
    }
  });

  it.each([
    [{ COOKIE_SECURE: 'true' }, 'max-age=31536000'],
    [{ COOKIE_SECURE: 'true', HSTS_INCLUDE_SUBDOMAINS: 'true' }, 'max-age=31536000; includeSubDomains'],
    [{ COOKIE_SECURE: 'true', HSTS_MAX_AGE_SECONDS: '0' }, 'max-age=0'],
    [{ COOKIE_SECURE: 'false' }, null],
  ])('ask for HTTPS with %p as %p', async (env, expected) => {
    await start(env);
    const { headers } = await client.request('/health/live');
    expect(headers.get('strict-transport-security')).toBe(expected);
  });
});
