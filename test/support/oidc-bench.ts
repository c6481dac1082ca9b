import { createHash } from 'node:crypto';
import { ServiceFront } from '../servers/service-front';
import { type Answer, Client, type JsonObject, textOf } from './client';
import { FakeClock } from './fake-clock';
import { type RunningGateway, startGateway } from './gateway';

/** Secrets with characters that must be encoded in a header, and without. */
export const secrets = { api: 'api-secret-of-256-bits-or-so', odd: 'söme :%41+ &=secret of 24' };

const hash = (secret: string) => `sha256:${createHash('sha256').update(secret).digest('hex')}`;

/** `app` and `other` are public, `api` and `odd` confidential; `app` may ask for a few scopes only. */
export const clients = [
  { client_id: 'app', scope: 'openid profile email' },
  { client_id: 'other' },
  { client_id: 'api', client_secret_hash: [hash('another secret'), hash(secrets.api)] },
  {
    client_id: 'odd',
    client_secret_hash: hash(secrets.odd),
    token_endpoint_auth_method: 'client_secret_basic',
  },
];

/** A gateway whose issuer is the address at which it answers. */
export interface OidcBench {
  readonly gateway: RunningGateway;
  readonly client: Client;
  readonly issuer: string;
  stop(): Promise<void>;
}

/** The address stands before the gateway does: what listens on it passes everything on. */
export async function oidcBench(
  env: Readonly<Record<string, string>> = {},
  clock = new FakeClock(Date.now()),
): Promise<OidcBench> {
  const behind = { port: 0 };
  const front = await ServiceFront.start({ behind });
  const issuer = front.url;
  const gateway = await startGateway(
    {
      JWT_ISSUER: issuer,
      OAUTH_CLIENTS: JSON.stringify(clients),
      RATE_LIMIT_AUTH_MAX: '200',
      RATE_LIMIT_MAX: '1000',
      ...env,
    },
    clock,
  ).catch(async (error: unknown) => {
    await front.stop();
    throw error;
  });
  behind.port = Number(new URL(gateway.url).port);
  const stop = async () => {
    await front.stop();
    await gateway.stop();
  };
  return { gateway, client: new Client(issuer), issuer, stop };
}

/** What a login gives whose refresh token comes in the body. */
export interface LoggedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly data: JsonObject;
}

/** Logs the demo user in, for a client or for the native API itself. */
export async function logIn({ client, gateway }: OidcBench, extra: JsonObject = {}): Promise<LoggedIn> {
  const body = { usuario: 'demo', contrasenia: gateway.demoPassword, token_delivery: 'body', ...extra };
  const { data } = await client.request('/api/auth/login', { method: 'POST', body });
  const tokens = { accessToken: textOf(data, 'access_token'), refreshToken: textOf(data, 'refresh_token') };
  return { ...tokens, data };
}

type Headers = Readonly<Record<string, string>>;

/** Posts a form as OAuth clients do. */
export function postForm(
  { client }: OidcBench,
  path: string,
  fields: Readonly<Record<string, string>> | string,
  headers: Headers = {},
): Promise<Answer> {
  const body = new URLSearchParams(fields).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return client.request(path, { method: 'POST', body, headers: { ...type, ...headers } });
}

/** `Authorization` of HTTP Basic, both parts encoded as RFC 6749 section 2.3.1 says. */
export function basic(id: string, secret: string): Headers {
  return plainBasic(encodeURIComponent(id), encodeURIComponent(secret));
}

/** The same without that encoding, as curl and others send it. */
export function plainBasic(id: string, secret: string): Headers {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}
