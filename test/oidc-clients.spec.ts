import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { clients, logIn, type OidcBench, oidcBench, secrets } from './support/oidc-bench';

// Two clients that others wrote, against a gateway that listens.
const insecure = { [oauth.allowInsecureRequests]: true };
const scope = 'openid profile';
const anyText: unknown = expect.any(String);
const anyNumber: unknown = expect.any(Number);
const demoClaims = { preferred_username: 'demo', auth_time: anyNumber };
let bench: OidcBench;

afterEach(() => bench.stop());

/** The login of the native API takes a secret in its body alone. */
function clientsWithoutMethod(): string {
  return JSON.stringify(clients.map((one) => ({ ...one, token_endpoint_auth_method: undefined })));
}

const methods: readonly {
  readonly method: string;
  readonly id: string;
  readonly secret?: string;
  readonly forOpenid: openid.ClientAuth;
  readonly forOauth: oauth.ClientAuth;
}[] = [
  { method: 'none', id: 'app', forOpenid: openid.None(), forOauth: oauth.None() },
  ...(['api', 'odd'] as const).map((id) => ({
    method: 'client_secret_basic',
    id,
    secret: secrets[id],
    forOpenid: openid.ClientSecretBasic(secrets[id]),
    forOauth: oauth.ClientSecretBasic(secrets[id]),
  })),
  {
    method: 'client_secret_post',
    id: 'api',
    secret: secrets.api,
    forOpenid: openid.ClientSecretPost(secrets.api),
    forOauth: oauth.ClientSecretPost(secrets.api),
  },
];

describe.each(methods)('openid-client as $id by $method', ({ id, secret, forOpenid }) => {
  it('discovers, refreshes, introspects, reads userinfo and revokes', async () => {
    bench = await oidcBench({ OAUTH_CLIENTS: clientsWithoutMethod() });
    const login = await logIn(bench, { client_id: id, client_secret: secret, scope });
    const execute = [openid.allowInsecureRequests];
    const config = await openid.discovery(new URL(bench.issuer), id, undefined, forOpenid, { execute });

    const tokens = await openid.refreshTokenGrant(config, login.refreshToken);
    expect(tokens.scope).toBe(scope);
    expect(tokens.claims()).toMatchObject({ aud: id, iss: bench.issuer, ...demoClaims });
    const sub = tokens.claims()?.sub ?? 'no ID token';
    expect(await openid.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({
      sub,
      preferred_username: 'demo',
    });
    const seen = { active: true, client_id: id, scope, username: 'demo', sub };
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject(seen);
    expect(await openid.tokenIntrospection(config, tokens.refresh_token ?? '')).toMatchObject(seen);

    await openid.tokenRevocation(config, tokens.refresh_token ?? '');
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    });
  });
});

describe.each(methods)('oauth4webapi as $id by $method', ({ id, secret, forOauth }) => {
  it.each(['oidc', 'oauth2'] as const)('does all that by %s discovery', async (algorithm) => {
    bench = await oidcBench({ OAUTH_CLIENTS: clientsWithoutMethod() });
    const login = await logIn(bench, { client_id: id, client_secret: secret, scope });
    const issuer = new URL(bench.issuer);
    const found = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
    const as = await oauth.processDiscoveryResponse(issuer, found);
    const client = { client_id: id };

    const answer = await oauth.refreshTokenGrantRequest(as, client, forOauth, login.refreshToken, insecure);
    const tokens = await oauth.processRefreshTokenResponse(as, client, answer);
    const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? 'no ID token';
    const about = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
    expect(await oauth.processUserInfoResponse(as, client, sub, about)).toMatchObject({ sub });
    const introspect = async (token: string) => {
      const told = await oauth.introspectionRequest(as, client, forOauth, token, insecure);
      return oauth.processIntrospectionResponse(as, client, told);
    };
    expect(await introspect(tokens.access_token)).toMatchObject({ active: true, sub, token_type: 'Bearer' });

    const given = await oauth.revocationRequest(as, client, forOauth, tokens.access_token, insecure);
    expect(await oauth.processRevocationResponse(given)).toBeUndefined();
    expect(await introspect(tokens.access_token)).toEqual({ active: false });
    expect(await introspect(tokens.refresh_token ?? '')).toEqual({ active: false });
  });
});

describe.each(['ES256', 'ES384', 'RS256', 'PS256'])('with JWT_ALGORITHM=%s', (algorithm) => {
  it('oauth4webapi takes the access token and the signature of the ID token', async () => {
    bench = await oidcBench({ JWT_ALGORITHM: algorithm });
    const login = await logIn(bench, { client_id: 'app', scope });
    const issuer = new URL(bench.issuer);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    expect(as.id_token_signing_alg_values_supported).toEqual([algorithm]);

    const headers = { authorization: `Bearer ${login.accessToken}` };
    const request = new Request('https://resource.example.org/', { headers });
    const claims = await oauth.validateJwtAccessToken(as, request, 'gatehouse', insecure);
    expect(claims).toMatchObject({ iss: bench.issuer, client_id: 'app', scope, sid: anyText });

    const client = { client_id: 'app', id_token_signed_response_alg: algorithm };
    const answer = await oauth.refreshTokenGrantRequest(
      as,
      client,
      oauth.None(),
      login.refreshToken,
      insecure,
    );
    const tokens = await oauth.processRefreshTokenResponse(as, client, answer);
    await oauth.validateApplicationLevelSignature(as, answer, insecure);
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({
      at_hash: anyText,
      ...demoClaims,
    });
  });
});

describe('the native API as a client', () => {
  it('is a public one by the name of JWT_CLIENT_ID', async () => {
    bench = await oidcBench();
    const login = await logIn(bench);
    const execute = [openid.allowInsecureRequests];
    const config = await openid.discovery(new URL(bench.issuer), 'gatehouse', undefined, openid.None(), {
      execute,
    });
    const tokens = await openid.refreshTokenGrant(config, login.refreshToken);
    expect([tokens.id_token, tokens.scope]).toEqual([undefined, undefined]);
    expect(await openid.fetchUserInfo(config, tokens.access_token, openid.skipSubjectCheck)).toMatchObject({
      preferred_username: 'demo',
      groups: ['demo-users'],
    });
  });
});
