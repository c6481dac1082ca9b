import type { FastifyRequest } from 'fastify';
import { cookieIsSecure } from '../config/browser-settings';
import type { Settings } from '../config/settings';

export type CookieSettings = Pick<
  Settings,
  'NODE_ENV' | 'COOKIE_SECURE' | 'COOKIE_SAMESITE' | 'COOKIE_DOMAIN' | 'COOKIE_PREFIX'
>;

export interface Cookie {
  /** Without the prefix. */
  readonly name: string;
  /** The paths below which browsers send it. */
  readonly path: string;
  /** Cookie-octets of RFC 6265 section 4.1.1 only. */
  readonly value: string;
  /** 0 makes the browser drop it. */
  readonly maxAgeSeconds: number;
  /** The order in which another system writes the attributes. Browsers see no difference; a simple client may. */
  readonly order?: 'django';
}

/** The name that browsers know a cookie by: with the prefix of COOKIE_PREFIX. */
export function cookieName({ COOKIE_PREFIX: prefix }: Pick<Settings, 'COOKIE_PREFIX'>, name: string): string {
  return prefix === 'none' ? name : `${prefix}${name}`;
}

/**
 * The `Set-Cookie` line of every cookie of the gateway, set or cleared. A browser drops a cookie only for a line of the same name, path
 * and domain, and it takes a prefixed one only with the attributes that the prefix promises (RFC 6265bis section 4.1.3).
 */
export function cookieLine(settings: CookieSettings, cookie: Cookie): string {
  const path = `Path=${settings.COOKIE_PREFIX === '__Host-' ? '/' : cookie.path}`;
  const sameSite = `SameSite=${settings.COOKIE_SAMESITE}`;
  const maxAge = `Max-Age=${Math.max(0, Math.ceil(cookie.maxAgeSeconds))}`;
  return [
    `${cookieName(settings, cookie.name)}=${cookie.value}`,
    ...(cookie.order === 'django'
      ? ['HttpOnly', maxAge, path, sameSite]
      : [path, 'HttpOnly', sameSite, maxAge]),
    ...(settings.COOKIE_DOMAIN ? [`Domain=${settings.COOKIE_DOMAIN}`] : []),
    ...(cookieIsSecure(settings) ? ['Secure'] : []),
  ].join('; ');
}

/**
 * What the cookies of one name hold, in their order, empty ones left out. Browsers send one for each path and domain (RFC 6265
 * section 5.4), and cookie-parser knows the first alone.
 * @param name with the prefix
 */
export function cookieValuesOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  name: string,
  most: number,
): readonly string[] {
  const beginning = `${name}=`;
  return (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(beginning))
    .map((pair) => pair.slice(beginning.length))
    .filter((value) => value !== '')
    .slice(0, most);
}
