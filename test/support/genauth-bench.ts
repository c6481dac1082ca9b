import { createHash } from 'node:crypto';
import { AuthenticationClient } from 'authing-node-sdk';
import JSEncrypt from 'node-jsencrypt';
import { sm2 } from 'sm-crypto';
import { type Answer, Client, type JsonObject } from './client';
import { type RunningGateway, startGateway } from './gateway';

export const appSecret = 'a-secret-of-the-test-application';
export const authMethods = ['client_secret_post', 'client_secret_basic', 'none'] as const;
export type AuthMethod = (typeof authMethods)[number];
export const logoutUri = 'https://app.example.org/bye?from=logout';

/** A spelling that no URL parser leaves alone. */
export const plainLogoutUri = 'HTTPS://App.example.org/a/../bye#top';

const hash = `sha256:${createHash('sha256').update(appSecret).digest('hex')}`;
/** One application for each way of saying who it is, and one that may ask for little. */
const clients = [
  ...authMethods.map((method) => ({
    client_id: method,
    ...(method !== 'none' && { client_secret_hash: hash }),
    token_endpoint_auth_method: method,
    post_logout_redirect_uris: [logoutUri, plainLogoutUri],
  })),
  { client_id: 'little', scope: 'openid' },
];

/** A gateway that speaks GenAuth, with its settings as an operator would write them. */
export function startGenAuth(env: Readonly<Record<string, string>>): Promise<RunningGateway> {
  return startGateway({
    COMPAT: 'genauth',
    OAUTH_CLIENTS: JSON.stringify(clients),
    RATE_LIMIT_AUTH_MAX: '1000',
    RATE_LIMIT_MAX: '1000',
    ...env,
  });
}

/** The real SDK as an application would make it, which authenticates by this method everywhere. */
export function sdkOf({ url }: RunningGateway, method: AuthMethod): AuthenticationClient {
  return new AuthenticationClient({
    appId: method,
    appHost: url,
    ...(method !== 'none' && { appSecret }),
    tokenEndPointAuthMethod: method,
    introspectionEndPointAuthMethod: method,
    revocationEndPointAuthMethod: method,
  });
}

/** A sign-in by plain HTTP, as the SDK sends it for `client_secret_post`. */
export function signIn({ url }: RunningGateway, more: JsonObject, headers = {}): Promise<Answer> {
  const app = { client_id: 'client_secret_post', client_secret: appSecret };
  return new Client(url).request('/api/v3/signin', { method: 'POST', body: { ...app, ...more }, headers });
}

/** What an application encrypts a password with; the keys come from `/api/v3/system`. */
export async function encrypted(
  type: 'rsa' | 'sm2',
  password: string,
  sdk: AuthenticationClient,
): Promise<string> {
  const system = await sdk.getSystemInfo();
  if (type === 'sm2') return sm2.doEncrypt(password, system.sm2.publicKey);
  const client = new JSEncrypt();
  client.setKey(system.rsa.publicKey);
  return String(client.encrypt(password));
}
