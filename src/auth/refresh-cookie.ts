import { cookieIsSecure } from '../config/check-settings';
import type { Settings } from '../config/settings';

export const refreshCookieName = 'refreshToken';
/** The cookie goes to login, refresh and logout, and to nothing else. */
export const refreshCookiePath = '/api/auth';

type CookieSettings = Pick<Settings, 'NODE_ENV' | 'COOKIE_SECURE' | 'COOKIE_SAMESITE' | 'COOKIE_DOMAIN'>;

/** The `Set-Cookie` value that hands over a refresh token. The token is base64url, so it needs no quoting. */
export function refreshCookie(settings: CookieSettings, refreshToken: string, maxAgeSeconds: number): string {
  return [
    `${refreshCookieName}=${refreshToken}`,
    `Path=${refreshCookiePath}`,
    'HttpOnly',
    `SameSite=${settings.COOKIE_SAMESITE}`,
    `Max-Age=${maxAgeSeconds}`,
    ...(settings.COOKIE_DOMAIN ? [`Domain=${settings.COOKIE_DOMAIN}`] : []),
    ...(cookieIsSecure(settings) ? ['Secure'] : []),
  ].join('; ');
}

/** Clears the cookie with the attributes that it was set with, or the browser would keep it. */
export function clearedRefreshCookie(settings: CookieSettings): string {
  return refreshCookie(settings, '', 0);
}
