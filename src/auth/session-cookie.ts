import type { Settings } from '../config/settings';
import { hasPages } from '../config/check-pages';
import { type CookieSettings, cookieLine } from './cookie';

/** As Django calls it, whose clients know no other. Without the prefix of COOKIE_PREFIX. */
export const sessionCookieName = 'sessionid';
/** That of our own pages. An application behind the same proxy may well be one of Django's, and must not lose its cookie. */
export const pageCookieName = 'gatehouse_session';

export type SessionCookieName = typeof sessionCookieName | typeof pageCookieName;

/** A token of a session that lives by being used, and the cookie that brought it. */
export interface PresentedSessionCookie {
  readonly name: SessionCookieName;
  readonly token: string;
}

/** Where proxies ask; by the second, those that put a prefix before the path of the request that they ask about. */
const verifyRoutes = ['/api/auth/verify', '/api/auth/verify/ext-authz/*path'];
/** The routes that read the cookies of the pages: those of the API that take them, and the pages themselves. */
export const pageCookieRoutes = [
  ...['/api/auth/me', ...verifyRoutes, '/api/auth/logout'],
  ...['/login', '/logout', '/password'],
  ...['/account', '/account/*path', '/admin', '/admin/*path'],
];
/** The routes that read Django's cookie: those of the native API that take it, and those of the dialect. */
export const sessionCookieRoutes = [
  ...['/api/auth/me', ...verifyRoutes],
  ...['/api/login-ldap', '/api/logout', '/api/session'],
];

/** The names by which a gateway so set takes session cookies. */
export function sessionCookieNames(settings: SessionCookieSettings): readonly SessionCookieName[] {
  const names: readonly SessionCookieName[] = [sessionCookieName, pageCookieName];
  const isTaken = { sessionid: settings.COMPAT.includes('django'), gatehouse_session: hasPages(settings) };
  return names.filter((name) => isTaken[name]);
}

export type SessionCookieSettings = Pick<
  Settings,
  'COMPAT' | 'PAGES' | 'STRATEGIES' | 'EXTERNAL_AUTH_MODE' | 'COOKIE_PREFIX'
>;

/**
 * The `Set-Cookie` value that hands over the token of a session that lives by being used, or prolongs it. It goes to every path.
 * @param lifeMs how long the session lives if it is not used again
 */
export function sessionCookie(
  settings: CookieSettings,
  { name, token }: PresentedSessionCookie,
  lifeMs: number,
): string {
  return cookieLine(settings, {
    ...{ name, path: '/', value: token, maxAgeSeconds: lifeMs / 1000 },
    ...(name === sessionCookieName && { order: 'django' }),
  });
}

/** Clears the cookie with the attributes that it was set with. */
export function clearedSessionCookie(settings: CookieSettings, name: SessionCookieName): string {
  return sessionCookie(settings, { name, token: '' }, 0);
}
