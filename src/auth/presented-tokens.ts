import type { FastifyRequest } from 'fastify';
import { refreshCookieName, tokenOfCookieValue } from './refresh-cookie';

/** Characters. A longer refresh token is never taken, nor given out. */
export const longestRefreshToken = 4096;

/** A refresh token and the way it came, which is the way its successor goes back. */
export interface PresentedRefreshToken {
  readonly token: string;
  readonly delivery: 'cookie' | 'body';
}

/** The refresh token of a request: the body's, if it names one, else the cookie's. */
export function refreshTokenOf(request: FastifyRequest): PresentedRefreshToken | undefined {
  const fromBody = bodyToken(request.body);
  if (fromBody !== undefined) return { token: fromBody, delivery: 'body' };
  const fromCookie = cookieToken(request);
  return fromCookie === undefined ? undefined : { token: fromCookie, delivery: 'cookie' };
}

/** The token of an `Authorization: Bearer` header (RFC 6750 section 2.1; RFC 9110 section 11.1: the scheme ignores case). */
export function bearerTokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function bodyToken(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('refresh_token' in body)) return undefined;
  return typeof body.refresh_token === 'string' && body.refresh_token !== '' ? body.refresh_token : undefined;
}

/** cookie-parser leaves its result on Node's request, and turns values that begin with `j:` into objects. */
function cookieToken(request: FastifyRequest): string | undefined {
  const raw: object = request.raw;
  if (!('cookies' in raw) || typeof raw.cookies !== 'object' || raw.cookies === null) return undefined;
  const value = new Map<string, unknown>(Object.entries(raw.cookies)).get(refreshCookieName);
  return typeof value === 'string' && value !== '' ? tokenOfCookieValue(value) : undefined;
}
