import Negotiator from 'negotiator';

export const locales = ['es', 'en'] as const;
export type Locale = (typeof locales)[number];

/** One public text in every language that the gateway speaks. */
export type LocalizedText = Readonly<Record<Locale, string>>;

type Headers = Record<string, string | string[] | undefined>;

/** Picks the language of an answer from `Accept-Language` (RFC 9110 section 12.5.4), else the default one. */
export function chooseLocale(headers: Headers, defaultLocale: Locale): Locale {
  if (headers['accept-language'] === undefined) return defaultLocale;
  const preferred = [defaultLocale, ...locales.filter((locale) => locale !== defaultLocale)];
  const chosen = new Negotiator({ headers }).language(preferred);
  return locales.find((locale) => locale === chosen) ?? defaultLocale;
}

/** True when the client prefers a page for people to JSON, as browsers do that go to an address. One that takes anything does not. */
export function prefersHtml(headers: Headers): boolean {
  return new Negotiator({ headers }).mediaType(['application/json', 'text/html']) === 'text/html';
}

/** True when the client prefers RFC 9457 problem details to the gateway's own JSON envelope. */
export function prefersProblemJson(headers: Headers): boolean {
  if (headers['accept'] === undefined || headers['accept'] === '*/*') return false;
  const chosen = new Negotiator({ headers }).mediaType(['application/json', 'application/problem+json']);
  return chosen === 'application/problem+json';
}
