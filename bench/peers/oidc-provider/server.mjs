// oidc-provider with so many people logged in. Started by peer.js with { folder, people, clients } as JSON in its first argument;
// says by message { port, jwk, refreshTokens, accessTokens }.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import Provider from 'oidc-provider';
import { adapterIn } from './adapter.mjs';

const clientId = 'bench';
const api = 'https://api.example.org/';
const accessSeconds = 3600;
const refreshSeconds = 7 * 86_400;
const groups = ['staff', 'engineers', 'on-call', 'readers'];

const { folder, people, clients } = JSON.parse(process.argv[2]);
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function claimsOf(username) {
  return { name: `Person ${username}`, email: `${username}@example.org`, title: 'Engineer', groups };
}

function configuration() {
  return {
    adapter: adapterIn(join(folder, 'store')),
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: 'ES256',
        redirect_uris: ['https://app.example.org/callback'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', 'api'],
    claims: { openid: ['sub', 'name', 'email', 'title', 'groups'] },
    ttl: { AccessToken: accessSeconds, RefreshToken: refreshSeconds, Grant: refreshSeconds },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...claimsOf(id) }) }),
    extraTokenClaims: (_context, token) => claimsOf(token.accountId),
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'api',
          audience: api,
          accessTokenFormat: 'jwt',
          accessTokenTTL: accessSeconds,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}

/** What is left of a login by the code flow: a grant, and the tokens that were issued for it. */
async function logIn(provider, client, { username: accountId }) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(api, 'api');
  const grantId = await grant.save();
  const issued = { accountId, client, grantId, gty: 'authorization_code' };
  // Without the scope openid in it a refresh makes no ID token besides, which nobody else here makes.
  const refreshToken = new provider.RefreshToken({ ...issued, scope: 'offline_access api', resource: api });
  const accessToken = new provider.AccessToken({ ...issued, scope: 'openid' });
  return { refreshToken: await refreshToken.save(), accessToken: await accessToken.save() };
}

async function main() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, configuration());
  provider.on('server_error', (_context, error) => process.stderr.write(`${error.stack}\n`));
  server.on('request', provider.callback());
  const client = await provider.Client.find(clientId);
  const each = Array.from({ length: clients }, (_, index) => people[index % people.length]);
  const sessions = await Promise.all(each.map((person) => logIn(provider, client, person)));
  process.send({
    port,
    jwk: publicKey.export({ format: 'jwk' }),
    refreshTokens: sessions.map(({ refreshToken }) => refreshToken),
    accessTokens: sessions.map(({ accessToken }) => accessToken),
  });
}

process.on('disconnect', () => process.exit(0));
await main();
