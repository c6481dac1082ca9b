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
});
