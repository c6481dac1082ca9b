import { hasPages } from '../config/check-pages';
import { issuerAddress } from '../config/issuer';
import type { Settings } from '../config/settings';

export type LoginPageSettings = Pick<
  Settings,
  'PAGES' | 'STRATEGIES' | 'EXTERNAL_AUTH_MODE' | 'LOGIN_PAGE_URL' | 'JWT_ISSUER' | 'PORT'
>;

export type ReturnSettings = LoginPageSettings & Pick<Settings, 'ALLOWED_ORIGINS' | 'RETURN_ORIGINS'>;

/** Characters. Proxies and browsers take so much of an address; what is longer is no page that somebody went to. */
const longestAddress = 2048;

/**
 * The login page as browsers know it: LOGIN_PAGE_URL, else `/login` below JWT_ISSUER. Undefined where there are no pages, and where
 * neither setting is an address of the web.
 */
export function loginPage(settings: LoginPageSettings): URL | undefined {
  if (!hasPages(settings)) return undefined;
  if (settings.LOGIN_PAGE_URL !== undefined) return webAddress(settings.LOGIN_PAGE_URL);
  const issuer = issuerAddress(settings);
  return issuer && new URL(`${issuer.href.replace(/\/+$/, '')}/login`);
}

/**
 * The address to which a login may lead back (`return_to`), as browsers read it: a web address of the login page's own origin, of
 * ALLOWED_ORIGINS or of RETURN_ORIGINS, or a path (`/account`), which is one of the login page's origin. Undefined for all else,
 * whatever it looks like: a login must lead nobody to a foreign page (RFC 9700 section 4.11). What is written anywhere must be the
 * address that was given back, not the text.
 * @param text as it came, undone of percent-encoding once
 */
export function returnAddress(settings: ReturnSettings, text: string): URL | undefined {
  if (text.length > longestAddress || hiding.test(text)) return undefined;
  const login = loginPage(settings);
  const address = /^\/(?!\/)/.test(text) ? login && new URL(text, login.origin) : webAddress(text);
  if (!address || address.href.length > longestAddress) return undefined;
  // Whoever writes the path alone (`/.//evil.example` is read as `//evil.example`) would lead to another host.
  if (address.pathname.startsWith('//') || isSamePage(address, login)) return undefined;
  return returnOrigins(settings, login).has(address.origin) ? address : undefined;
}

/** What programs read in different ways: control and invisible characters, blanks, backslashes, halves of characters. */
const hiding = /[\p{C}\p{Z}\\]/u;

/** Written out in full and without a name or password, which are there to make a foreign host look like another one. */
function webAddress(text: string): URL | undefined {
  return /^https?:\/\/[^/?#@]+(?:[/?#]|$)/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** A login page that led back to itself would do so for ever to those who are logged in. */
function isSamePage(address: URL, login: URL | undefined): boolean {
  return address.origin === login?.origin && address.pathname === login.pathname;
}

function returnOrigins(settings: ReturnSettings, login: URL | undefined): ReadonlySet<string> {
  const own = login ? [login.origin] : [];
  return new Set([...own, ...settings.ALLOWED_ORIGINS, ...settings.RETURN_ORIGINS]);
}
