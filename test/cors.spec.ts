import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
afterEach(() => gateway.stop());

const preflight = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
};

describe('ALLOWED_ORIGINS', () => {
  it('lets the pages of exactly these origins call the API with their cookie', async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.org, http://localhost:5173' });
    const client = new Client(gateway.url);
    const origin = 'https://app.example.org';
    const asked = await client.request('/api/auth/login', {
      method: 'OPTIONS',
      headers: { origin, ...preflight },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('access-control-allow-credentials')).toBe('true');
    const login = await client.login('demo', gateway.demoPassword, { origin });
    expect(login.headers.get('access-control-allow-origin')).toBe(origin);
    expect(login.headers.get('access-control-expose-headers')).toContain('Retry-After');
    const refused = await client.login('demo', 'wrong', { origin });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);

    for (const foreign of ['https://app.example.org.evil.net', 'null', 'http://app.example.org']) {
      const answer = await client.login('demo', gateway.demoPassword, { origin: foreign });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('is empty by default: browsers keep to the own origin', async () => {
    gateway = await startGateway();
    const headers = { origin: 'https://app.example.org', ...preflight };
    const answer = await new Client(gateway.url).request('/api/auth/login', { method: 'OPTIONS', headers });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets a page read every answer, a refusal too, and says that it depends on the origin', async () => {
    const origin = 'https://app.example.org';
    gateway = await startGateway({ ALLOWED_ORIGINS: origin, RATE_LIMIT_AUTH_MAX: '2' });
    const client = new Client(gateway.url);
    const post = (body: unknown) =>
      client.request('/api/auth/login', { method: 'POST', body, headers: { origin } });
    const answers = [
      await client.request('/nowhere', { headers: { origin } }),
      await client.request('/api/auth/login', { headers: { origin } }),
      await post({ usuario: 'x'.repeat(20_000) }),
      await post('{broken'),
      await post({}),
      await post({}),
      await post({}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 405, 413, 400, 400, 400, 429]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('vary')).toMatch(/\bOrigin\b/i);
      for (const name of ['X-Request-Id', 'Retry-After', 'ETag', 'WWW-Authenticate', 'RateLimit-Reset']) {
        expect(headers.get('access-control-expose-headers')).toContain(name);
      }
    }
    const foreign = await client.request('/nowhere', { headers: { origin: 'https://evil.example.net' } });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect(foreign.headers.get('vary')).toMatch(/\bOrigin\b/i);
  });

  it('grants a preflight for ten minutes, and the methods and headers that the API knows', async () => {
    const origin = 'capacitor://localhost';
    gateway = await startGateway({ ALLOWED_ORIGINS: origin });
    const { headers } = await new Client(gateway.url).request('/api/auth/sessions', {
      method: 'OPTIONS',
      headers: { ...preflight, origin },
    });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, DELETE');
    expect(headers.get('access-control-allow-headers')).toContain('Authorization, Content-Type');
  });

  it('grants the headers that pages of a dialect send', async () => {
    const origin = 'https://app.example.org';
    gateway = await startGateway({ ALLOWED_ORIGINS: origin, COMPAT: 'django' });
    const { headers } = await new Client(gateway.url).request('/api/login-ldap/', {
      method: 'OPTIONS',
      headers: { ...preflight, origin },
    });
    const allowed = headers.get('access-control-allow-headers');
    expect(allowed).toMatch(/, X-CSRFToken, X-Requested-With, X-API-Token$/);
  });
});
