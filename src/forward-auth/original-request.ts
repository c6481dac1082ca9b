import type { FastifyRequest } from 'fastify';
import { prefersHtml } from '../common/locale';

/** Below it proxies ask that put a prefix before the path of the request that they ask about (Envoy's `path_prefix`). */
export const prefixPath = '/api/auth/verify/ext-authz';

/** The request of a browser or a program that a proxy asks about, as the proxy tells it. */
export interface OriginalRequest {
  /** Undefined where the proxy does not say. */
  readonly method: string | undefined;
  /** What stood in the address bar, if all is well; nothing of it has been checked. */
  readonly address: string;
}

export type AskingRequest = Pick<FastifyRequest, 'headers' | 'method' | 'url' | 'protocol' | 'host'>;

/**
 * The request that a proxy asks about: behind the prefix path (Envoy), in `X-Original-URL` and `X-Original-Method` (nginx), or in
 * `X-Forwarded-Proto`, `-Host`, `-Uri` and `-Method` (Traefik, Caddy, HAProxy). Undefined where nothing of it is told. Whether whoever
 * asks may be believed is the caller's to know.
 */
export function originalRequest(request: AskingRequest): OriginalRequest | undefined {
  const { headers, method, url, protocol, host } = request;
  const origin = `${protocol}://${host}`;
  if (url.startsWith(`${prefixPath}/`)) return { method, address: origin + url.slice(prefixPath.length) };
  const original = one(headers['x-original-url']);
  if (original !== undefined) return { method: one(headers['x-original-method']), address: original };
  const forwarded = one(headers['x-forwarded-uri']);
  if (!forwarded?.startsWith('/')) return undefined;
  return { method: one(headers['x-forwarded-method']), address: origin + forwarded };
}

/**
 * Whether a browser goes to a page with this request, so that a redirect leads a person somewhere: a GET, told by Fetch Metadata
 * (W3C Fetch Metadata Request Headers, `Sec-Fetch-Mode` and `Sec-Fetch-Dest`), and where a browser sends none, by `Accept`. Scripts,
 * WebSockets, frames and images have no use for a login page.
 */
export function goesToPage({ method }: OriginalRequest, headers: AskingRequest['headers']): boolean {
  if (method !== 'GET') return false;
  const mode = headers['sec-fetch-mode'];
  const destination = headers['sec-fetch-dest'];
  if (mode !== undefined || destination !== undefined) {
    return mode === 'navigate' && (destination === undefined || destination === 'document');
  }
  return one(headers['x-requested-with'])?.toLowerCase() !== 'xmlhttprequest' && prefersHtml(headers);
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
