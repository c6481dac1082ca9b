import type { Locale } from '../../common/locale';

/** The addresses of the pages. */
export const pagePaths = {
  login: '/login',
  logout: '/logout',
  password: '/password',
  passwordNotice: '/password/notice',
  account: '/account',
  accountEnd: '/account/end',
  accountEndOthers: '/account/end-others',
  admin: '/admin',
  adminEnd: '/admin/end',
  adminEndAll: '/admin/end-all',
  assets: '/assets',
} as const;

/** Every path at which a person may meet a page or an error instead of one. Must not have the flag `g`. */
export const anyPagePath = /^\/(?:login|logout|password|account|admin|assets)(?:\/|$)/;

/** What goes along from page to page. */
export interface Carried {
  /** The language, where the person chose it by the link; else that of `Accept-Language` counts again. */
  readonly lang?: Locale | undefined;
  /** Where to go on, once it has been checked. */
  readonly returnTo?: string | undefined;
}

/**
 * The address of a page with what goes along.
 * @param more further parameters of the query
 */
export function pageAddress(
  path: string,
  { lang, returnTo }: Carried,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({
    ...more,
    ...(returnTo !== undefined && { return_to: returnTo }),
    ...(lang !== undefined && { lang }),
  });
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}
