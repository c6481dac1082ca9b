import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { startUpstream, type Upstream } from './servers/upstream';

const openid = '/.well-known/openid-configuration';
const oauth = '/.well-known/oauth-authorization-server';
const running: (RunningGateway | Upstream)[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

async function gatewayWith(env: Readonly<Record<string, string>>): Promise<Client> {
  const gateway = await startGateway(env);
  running.push(gateway);
  return new Client(gateway.url);
}

describe('discovery', () => {
  it('is the same document in both places, says only what is there, and may be kept', async () => {
    const client = await gatewayWith({ JWT_ISSUER: 'https://login.example.org' });
    const answer = await client.request(openid);
    const methods = ['client_secret_basic', 'client_secret_post', 'none'];
    expect(answer.body).toMatchObject({
      issuer: 'https://login.example.org',
      token_endpoint: 'https://login.example.org/oidc/token',
      introspection_endpoint: 'https://login.example.org/oidc/token/introspection',
      revocation_endpoint: 'https://login.example.org/oidc/token/revocation',
      userinfo_endpoint: 'https://login.example.org/oidc/me',
      jwks_uri: 'https://login.example.org/.well-known/jwks.json',
      response_types_supported: [],
      grant_types_supported: ['refresh_token'],
      token_endpoint_auth_methods_supported: methods,
      introspection_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_methods_supported: methods,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
    expect(answer.body).not.toHaveProperty('authorization_endpoint');
    expect((await client.request(oauth)).body).toEqual(answer.body);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
    expect((await client.request(openid, { headers })).status).toBe(304);
    for (const url of [
      'token_endpoint',
      'introspection_endpoint',
      'revocation_endpoint',
      'userinfo_endpoint',
      'jwks_uri',
    ]) {
      const { pathname } = new URL(String(answer.body[url]));
      expect([url, (await client.request(pathname, { method: 'POST' })).status]).not.toEqual([url, 404]);
    }
  });

  it('knows an issuer with a path in the form of RFC 8414 too', async () => {
    const client = await gatewayWith({ JWT_ISSUER: 'https://example.org/a/login/' });
    expect((await client.request(`${oauth}/a/login`)).body).toMatchObject({
      issuer: 'https://example.org/a/login/',
      token_endpoint: 'https://example.org/a/login/oidc/token',
    });
    expect((await client.request(openid)).status).toBe(200);
    const encoded = await gatewayWith({ JWT_ISSUER: 'https://example.org/acceso%20único' });
    expect((await encoded.request(`${oauth}/acceso%20%C3%BAnico`)).body).toMatchObject({
      issuer: 'https://example.org/acceso%20único',
    });
    expect((await encoded.request(`${oauth}/acceso`)).status).toBe(404);
    for (const other of ['a', 'a/login/b', 'b/login', ''])
      expect((await client.request(`${oauth}/${other}`)).status).toBe(404);
  });

  it('is 404 for an issuer that is only a name, and says why', async () => {
    const client = await gatewayWith({ JWT_ISSUER: 'gatehouse' });
    for (const path of [openid, oauth, `${oauth}/gatehouse`]) {
      const answer = await client.request(path, { headers: { 'accept-language': 'en' } });
      expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await client.request(openid)).body['message']).toMatch(/JWT_ISSUER/);
  });

  it('offers no ID tokens with HS256', async () => {
    const client = await gatewayWith({ JWT_SECRET: 'q7Rk2vN9sXw4tYc1zRf8hLj3pDg6aUe0' });
    const { body } = await client.request(openid);
    expect(body['id_token_signing_alg_values_supported']).toEqual([]);
    expect(body['scopes_supported']).not.toContain('openid');
  });

  it('shows the same key set at both paths', async () => {
    const client = await gatewayWith({});
    const [one, other] = [
      await client.request('/.well-known/jwks.json'),
      await client.request('/oidc/.well-known/jwks.json'),
    ];
    expect(other.body).toEqual(one.body);
    expect(other.headers.get('etag')).toBe(one.headers.get('etag'));
    expect(other.headers.get('cache-control')).toBe('public, max-age=300');
  });
});

describe('in relay mode', () => {
  it('nothing of this is there', async () => {
    const upstream = await startUpstream();
    running.push(upstream);
    const relay = { STRATEGIES: 'external', EXTERNAL_AUTH_MODE: 'relay', EXTERNAL_AUTH_URL: upstream.url };
    const client = await gatewayWith({
      ...relay,
      JWT_ISSUER: 'https://login.example.org',
      JWT_AUDIENCE: 'app',
    });
    for (const path of [openid, oauth, '/oidc/token', '/oidc/me', '/oidc/.well-known/jwks.json'])
      expect([path, (await client.request(path)).status]).toEqual([path, 404]);
  });
});
