import { cookieIsSecure } from '../config/check-settings';
import type { Settings } from '../config/settings';

/** As Django calls it, whose clients know no other. */
export const sessionCookieName = 'sessionid';

/** The routes that read the cookie: those of the native API that take it, and those of the Django dialect. */
export const sessionCookieRoutes = [
  ...['/api/auth/me', '/api/auth/verify'],
  ...['/api/login-ldap', '/api/logout', '/api/session'],
];

type CookieSettings = Pick<Settings, 'NODE_ENV' | 'COOKIE_SECURE' | 'COOKIE_SAMESITE' | 'COOKIE_DOMAIN'>;

/**
 * The `Set-Cookie` value that hands over the token of a session that lives by being used, or prolongs it. It goes to every path.
 * @param lifeMs how long the session lives if it is not used again
 */
export function sessionCookie(settings: CookieSettings, sessionToken: string, lifeMs: number): string {
  return [
    `${sessionCookieName}=${sessionToken}`,
    'HttpOnly',
    `Max-Age=${Math.max(0, Math.ceil(lifeMs / 1000))}`,
    'Path=/',
    `SameSite=${settings.COOKIE_SAMESITE}`,
    ...(settings.COOKIE_DOMAIN ? [`Domain=${settings.COOKIE_DOMAIN}`] : []),
    ...(cookieIsSecure(settings) ? ['Secure'] : []),
  ].join('; ');
}

/** Clears the cookie with the attributes that it was set with. */
export function clearedSessionCookie(settings: CookieSettings): string {
  return sessionCookie(settings, '', 0);
}
