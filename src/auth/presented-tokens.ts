import type { FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings';
import type { AccessCheck } from './access-check';
import type { AccessWay } from './access-ways.decorator';
import { cookieName, cookieValuesOf } from './cookie';
import { refreshCookieName, tokenOfCookieValue } from './refresh-cookie';
import {
  type PresentedSessionCookie,
  sessionCookieNames,
  type SessionCookieSettings,
} from './session-cookie';

/** Characters. A longer refresh token is never taken, nor given out. */
export const longestRefreshToken = 4096;

/** A refresh token and the way it came, which is the way its successor goes back. */
export interface PresentedRefreshToken {
  readonly token: string;
  readonly delivery: 'cookie' | 'body';
}

/** What the names of the cookies depend on. One of another prefix, or without, is none of ours: anybody may have planted it. */
type CookieNames = Pick<Settings, 'COOKIE_PREFIX'>;

/**
 * The refresh token of a request: the body's, if it names one, else the cookie's. Of several cookies, which other applications on the
 * host or its siblings may have set, the first that is a token of ours counts, and without one the first.
 */
export function refreshTokenOf(
  request: FastifyRequest,
  settings: CookieNames,
  access: Pick<AccessCheck, 'sessionIdOf'>,
): PresentedRefreshToken | undefined {
  const fromBody = bodyToken(request.body);
  if (fromBody !== undefined) return { token: fromBody, delivery: 'body' };
  const fromCookie = ownCookieToken(request, settings, access) ?? cookieToken(request, settings);
  return fromCookie === undefined ? undefined : { token: fromCookie, delivery: 'cookie' };
}

/** Characters. A longer access token is never taken. */
const longestAccessToken = 16 * 1024;

/** The parts of a request in which an access token may stand. */
type TokenCarrier = Pick<FastifyRequest, 'headers' | 'query' | 'body'>;

/**
 * The access token of a request: that of an `Authorization: Bearer` header (RFC 6750 section 2.1; RFC 9110 section 11.1: the scheme
 * ignores case), else one that came in a way that the route allows besides.
 */
export function accessTokenOf(request: TokenCarrier, ways: readonly AccessWay[]): string | undefined {
  const { authorization = '' } = request.headers;
  const bearer = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  if (ways.includes('raw') && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(authorization)) return authorization;
  const fromBody = ways.includes('body') ? textMember(request.body, 'access_token') : undefined;
  return fromBody ?? (ways.includes('query') ? textMember(request.query, 'access_token') : undefined);
}

/** Other applications on the host may set cookies of the same name, but hardly more. */
const mostCookies = 16;

/** The session cookies of a request, in their order, on a route that reads them. */
export function sessionTokensOf(
  request: FastifyRequest,
  settings: SessionCookieSettings,
): readonly PresentedSessionCookie[] {
  if (!('cookies' in request.raw)) return [];
  return sessionCookieNames(settings).flatMap((name) =>
    cookieValuesOf(request, cookieName(settings, name), mostCookies).map((token) => ({ name, token })),
  );
}

/** A cookie of a route that has its cookies parsed. cookie-parser leaves its result on Node's request. */
function cookieNamed(request: FastifyRequest, name: string): string | undefined {
  const raw: object = request.raw;
  return 'cookies' in raw ? textMember(raw.cookies, name) : undefined;
}

function textMember(holder: unknown, name: string): string | undefined {
  if (typeof holder !== 'object' || holder === null) return undefined;
  const value: unknown = Object.hasOwn(holder, name) ? Reflect.get(holder, name) : undefined;
  return typeof value === 'string' && value !== '' && value.length <= longestAccessToken ? value : undefined;
}

function bodyToken(body: unknown): string | undefined {
  return textMember(body, 'refresh_token');
}

/** Tokens of ours need no decoding. */
function ownCookieToken(
  request: FastifyRequest,
  settings: CookieNames,
  access: Pick<AccessCheck, 'sessionIdOf'>,
): string | undefined {
  if (!('cookies' in request.raw)) return undefined;
  const values = cookieValuesOf(request, cookieName(settings, refreshCookieName), mostCookies);
  return values.find((value) => access.sessionIdOf(value) !== undefined);
}

/** cookie-parser turns values that begin with `j:` into objects. */
function cookieToken(request: FastifyRequest, settings: CookieNames): string | undefined {
  const value = cookieNamed(request, cookieName(settings, refreshCookieName));
  return value === undefined ? undefined : tokenOfCookieValue(value);
}
