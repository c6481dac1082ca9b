import type { FastifyRequest } from 'fastify';
import { chooseLocale, type Locale, locales } from '../../common/locale';
import { queryParameters } from '../../common/query-parameters';
import type { Settings } from '../../config/settings';
import { type Brand, brandOf } from './brand';
import { type Carried, pageAddress, pagePaths } from './paths';
import { returnTarget } from './return-target';

/** What every page is made of, read from the address and the headers of a request. */
export interface PageView extends Carried {
  readonly locale: Locale;
  readonly brand: Brand;
  /** Of this page, for links that show it once more. */
  readonly path: string;
  /** What a link or a redirect said of the visit, such as `out`. */
  readonly flags: Readonly<Record<string, string>>;
}

/** The parameters of a query that pages give each other, besides what they carry along. */
const flagNames = ['again', 'out', 'changed', 'days', 'done'];

/**
 * Reads the view of a page, also for requests that failed before there was a route.
 * `lang` of the query comes before `Accept-Language`; a `return_to` that leads to a stranger is left out.
 */
export function pageView(
  { url, headers }: Pick<FastifyRequest, 'url' | 'headers'>,
  settings: Settings,
): PageView {
  const [path = '', query = ''] = url.split(/[?#]/, 2);
  const given = queryParameters(query);
  const lang = locales.find((locale) => locale === given['lang']);
  const wanted = given['return_to'];
  return {
    path,
    locale: lang ?? chooseLocale(headers, settings.DEFAULT_LOCALE),
    brand: brandOf(settings),
    lang,
    returnTo: typeof wanted === 'string' ? returnTarget(wanted, settings) : undefined,
    flags: flagsIn(given),
  };
}

function flagsIn(given: Readonly<Record<string, string | string[]>>): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const name of flagNames) {
    const value = given[name];
    if (typeof value === 'string') flags[name] = value.slice(0, 10);
  }
  return flags;
}

/** Where a login leads on: to `return_to`, else to the account page. */
export function onwardAddress({ returnTo, lang }: Carried): string {
  return returnTo ?? pageAddress(pagePaths.account, { lang });
}

/** The address that a form of this page is sent to. */
export function formAddress(path: string, { lang, returnTo, flags }: PageView): string {
  const { again } = flags;
  return pageAddress(path, { lang, returnTo }, again === undefined ? {} : { again });
}

/** For the policy of a page whose form leads on to `return_to`. */
export function formOriginsOf({ returnTo }: Carried): readonly string[] {
  if (returnTo === undefined || !URL.canParse(returnTo)) return [];
  const { protocol, host } = new URL(returnTo);
  return [`${protocol}//${host}`];
}
