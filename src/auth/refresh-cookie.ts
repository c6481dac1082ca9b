import { type CookieSettings, cookieLine } from './cookie';

/** Without the prefix of COOKIE_PREFIX. */
export const refreshCookieName = 'refreshToken';
/** The cookie goes to login, refresh and logout, and to nothing else, unless COOKIE_PREFIX demands `/`. */
export const refreshCookiePath = '/api/auth';

/** The `Set-Cookie` value that hands over a refresh token: any text, not only one of ours. */
export function refreshCookie(settings: CookieSettings, refreshToken: string, maxAgeSeconds: number): string {
  const value = refreshCookieValue(refreshToken);
  return cookieLine(settings, { name: refreshCookieName, path: refreshCookiePath, value, maxAgeSeconds });
}

/** Clears the cookie with the attributes that it was set with, or the browser would keep it. */
export function clearedRefreshCookie(settings: CookieSettings): string {
  return refreshCookie(settings, '', 0);
}

/** All but the cookie-octets of RFC 6265 section 4.1.1; and `%`, because cookie-parser decodes what stands behind it. */
const notPlain = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]/gu;

/**
 * A refresh token as a cookie's value, which is any text without half a surrogate pair. Tokens of ours, JWTs and base64 stay as they are; what no cookie can hold is percent-encoded.
 * cookie-parser takes a value that begins with `j:` for JSON, so such a token gets a `~` before it.
 */
export function refreshCookieValue(token: string): string {
  const marked = /^~*j:/.test(token) ? `~${token}` : token;
  return marked.replace(notPlain, (character) => encodeURIComponent(character));
}

/** The refresh token of a cookie's value, which cookie-parser has percent-decoded. */
export function tokenOfCookieValue(value: string): string {
  return /^~+j:/.test(value) ? value.slice(1) : value;
}
