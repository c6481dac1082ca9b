import { type CookieSettings, cookieLine } from './cookie';

/** As Django calls it, whose clients know no other. Without the prefix of COOKIE_PREFIX. */
export const sessionCookieName = 'sessionid';

/** The routes that read the cookie: those of the native API that take it, and those of the Django dialect. */
export const sessionCookieRoutes = [
  ...['/api/auth/me', '/api/auth/verify'],
  ...['/api/login-ldap', '/api/logout', '/api/session'],
];

/**
 * The `Set-Cookie` value that hands over the token of a session that lives by being used, or prolongs it. It goes to every path.
 * @param lifeMs how long the session lives if it is not used again
 */
export function sessionCookie(settings: CookieSettings, sessionToken: string, lifeMs: number): string {
  const maxAgeSeconds = lifeMs / 1000;
  return cookieLine(settings, {
    ...{ name: sessionCookieName, path: '/', value: sessionToken, maxAgeSeconds },
    order: 'django',
  });
}

/** Clears the cookie with the attributes that it was set with. */
export function clearedSessionCookie(settings: CookieSettings): string {
  return sessionCookie(settings, '', 0);
}
