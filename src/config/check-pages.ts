import { isRelay } from './check-external';
import { issuerAddress } from './issuer';
import type { Settings } from './settings';

/** Whether there are pages for people. In relay mode there is no session of ours that a page could show. */
export function hasPages(settings: Pick<Settings, 'PAGES' | 'STRATEGIES' | 'EXTERNAL_AUTH_MODE'>): boolean {
  return settings.PAGES && !isRelay(settings);
}

/**
 * Whether browsers send the cookie of the pages to a host: to the one that set it, and to those of COOKIE_DOMAIN (RFC 6265 section
 * 5.1.3).
 * @param host without a port, as `URL` writes it
 * @param ownHosts those at which browsers know the gateway
 */
export function seesPageCookie(
  { COOKIE_DOMAIN }: Pick<Settings, 'COOKIE_DOMAIN'>,
  host: string,
  ownHosts: readonly string[],
): boolean {
  if (ownHosts.includes(host)) return true;
  const domain = COOKIE_DOMAIN?.toLowerCase().replace(/^\./, '');
  return domain !== undefined && (host === domain || host.endsWith(`.${domain}`));
}

/** What works, and not as it was meant. Names variables, never values. */
export function pageWarnings(settings: Settings): readonly string[] {
  if (!hasPages(settings)) {
    const isIdle = settings.RETURN_ORIGINS.length > 0;
    return isIdle ? ['RETURN_ORIGINS has no effect, because there are no pages'] : [];
  }
  return [...pathWarnings(settings), ...returnWarnings(settings)];
}

/** The pages stand at `/login`, `/account` and so on, and link to each other by these paths. */
function pathWarnings(settings: Settings): readonly string[] {
  const { LOGIN_PAGE_URL: page } = settings;
  const isBelow =
    page === undefined
      ? (issuerAddress(settings)?.pathname ?? '/') !== '/'
      : new URL(page).pathname !== '/login';
  if (!isBelow) return [];
  const name = page === undefined ? 'JWT_ISSUER' : 'LOGIN_PAGE_URL';
  return [`${name} lies below a path, but the pages need the root of a host (docs/pages.md)`];
}

/** Whoever is logged in would be sent to and fro between an application that does not know it and the login page. */
function returnWarnings(settings: Settings): readonly string[] {
  const page = settings.LOGIN_PAGE_URL ?? issuerAddress(settings)?.href;
  if (page === undefined) return [];
  const own = [new URL(page).hostname];
  return settings.RETURN_ORIGINS.flatMap((origin, index) =>
    seesPageCookie(settings, new URL(origin).hostname, own)
      ? []
      : [
          `entry ${index + 1} of RETURN_ORIGINS is neither on the host of the login page nor below COOKIE_DOMAIN, ` +
            'so that no proxy there sees the session (docs/forward-auth.md)',
        ],
  );
}
