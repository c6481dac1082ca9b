import type { FastifyRequest } from 'fastify';
import { isJsonObject } from '../../common/json-pointer';
import { appIdOf } from './presented-app';

/** The members of a request that are read, and written. */
export type SpelledRequest = Pick<FastifyRequest, 'url' | 'headers' | 'query' | 'body'>;
type Members = Readonly<Record<string, unknown>>;

/** Where clients are known by their secret or their name. */
const clientPaths: ReadonlySet<string> = new Set([
  '/oidc/token',
  '/oidc/token/introspection',
  '/oidc/token/revocation',
]);
const userinfoPath = '/oidc/me';
/** A signed JWT alone, where a scheme would have to stand. */
const rawToken = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const longestAccessToken = 16 * 1024;

/**
 * Makes of a request to the standards endpoints, as the SDKs of GenAuth send it, one that the standards know. It proves nothing and
 * decides nothing: whoever could send the one could send the other.
 */
export function toStandardOidc(request: SpelledRequest): void {
  const path = request.url.split('?', 1)[0] ?? '';
  if (clientPaths.has(path)) request.body = standardClientBody(request);
  if (path === userinfoPath) placeAccessToken(request);
}

/**
 * Public clients say who they are in `x-authing-app-id` alone. The Node SDK sends both Basic and the secret in the body where its
 * three settings for the methods differ, which RFC 6749 section 2.3 forbids; the same secret said twice counts once.
 */
function standardClientBody(request: SpelledRequest): unknown {
  const { body, headers } = request;
  if (!isJsonObject(body)) return body;
  const { client_id: clientId, client_secret: secret, ...others } = body;
  if (isBasicOf(headers.authorization, clientId, secret)) return others;
  if (clientId !== undefined || /^Basic /i.test(headers.authorization ?? '')) return body;
  const appId = appIdOf(request);
  return appId === undefined ? body : { ...body, client_id: appId };
}

function isBasicOf(authorization: string | undefined, clientId: unknown, secret: unknown): boolean {
  if (typeof clientId !== 'string' || typeof secret !== 'string') return false;
  return authorization === `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

/**
 * The token goes where RFC 6750 section 2.1 has it. One that the caller named in the query or the body goes before the raw one of
 * the header, which the Node SDK adds to every request by itself.
 */
function placeAccessToken(request: SpelledRequest): void {
  const { headers, query, body } = request;
  const { authorization } = headers;
  const isRaw = authorization !== undefined && rawToken.test(authorization);
  if (authorization !== undefined && !isRaw) return;
  const named = accessTokenIn(query);
  if (named === undefined && accessTokenIn(body) !== undefined) delete headers.authorization;
  else if (named !== undefined) headers.authorization = `Bearer ${named}`;
  else if (isRaw) headers.authorization = `Bearer ${authorization}`;
}

function accessTokenIn(parameters: unknown): string | undefined {
  const members: Members = isJsonObject(parameters) ? parameters : {};
  const token = members['access_token'];
  return typeof token === 'string' && token !== '' && token.length <= longestAccessToken ? token : undefined;
}
