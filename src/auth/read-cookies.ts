import cookieParser from 'cookie-parser';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { hasPages } from '../config/check-pages';
import type { Settings } from '../config/settings';
import { pageCookieRoutes, sessionCookieRoutes } from './session-cookie';

const refreshCookieRoutes = ['login', 'refresh', 'logout', 'password'].map((name) => `/api/auth/${name}`);

/**
 * Has the cookies of those routes parsed that read one; only they pay for it. A middleware of Nest would do so too, but each of its paths
 * is compared with every request. To be called before there are routes.
 */
export function readCookies(server: FastifyInstance, settings: Settings): void {
  const patterns = new Set([
    ...refreshCookieRoutes,
    ...(settings.COMPAT.includes('django') ? sessionCookieRoutes : []),
    ...(hasPages(settings) ? pageCookieRoutes : []),
  ]);
  const parse = parsing();
  server.addHook('onRoute', (route) => {
    if (![...patterns].some((pattern) => isUnder(pattern, route.url))) return;
    route.onRequest = [...[route.onRequest ?? []].flat(), parse];
  });
}

/** cookie-parser is written for Express, and leaves its result on Node's request. */
function parsing(): onRequestHookHandler {
  const parser = cookieParser();
  return (request, reply, done) => void Reflect.apply(parser, undefined, [request.raw, reply.raw, done]);
}

/** A pattern that ends in `/*path` holds all routes below; any other one route. */
function isUnder(pattern: string, url: string): boolean {
  const wildcard = '*path';
  return pattern.endsWith(wildcard) ? url.startsWith(pattern.slice(0, -wildcard.length)) : url === pattern;
}
