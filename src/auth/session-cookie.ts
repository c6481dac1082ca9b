import { cookieIsSecure } from '../config/check-settings';
import type { Settings } from '../config/settings';

/** As Django calls it, whose clients know no other. */
export const sessionCookieName = 'sessionid';

type CookieSettings = Pick<Settings, 'NODE_ENV' | 'COOKIE_SECURE' | 'COOKIE_SAMESITE' | 'COOKIE_DOMAIN'>;

/** The `Set-Cookie` value that hands over the token of a session that lives by being used. It goes to every path. */
export function sessionCookie(settings: CookieSettings, sessionToken: string, maxAgeSeconds: number): string {
  return [
    `${sessionCookieName}=${sessionToken}`,
    'Path=/',
    'HttpOnly',
    `SameSite=${settings.COOKIE_SAMESITE}`,
    `Max-Age=${maxAgeSeconds}`,
    ...(settings.COOKIE_DOMAIN ? [`Domain=${settings.COOKIE_DOMAIN}`] : []),
    ...(cookieIsSecure(settings) ? ['Secure'] : []),
  ].join('; ');
}

/** Clears the cookie with the attributes that it was set with. */
export function clearedSessionCookie(settings: CookieSettings): string {
  return sessionCookie(settings, '', 0);
}
