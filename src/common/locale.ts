import Negotiator from 'negotiator';

export const locales = ['es', 'en'] as const;
export type Locale = (typeof locales)[number];

/** One public text in every language that the gateway speaks. */
export type LocalizedText = Readonly<Record<Locale, string>>;

type Headers = Record<string, string | string[] | undefined>;

/** Picks the language of an answer from `Accept-Language` (RFC 9110 section 12.5.4), else the default one. */
export function chooseLocale(headers: Headers, defaultLocale: Locale): Locale {
  const preferred = [defaultLocale, ...locales.filter((locale) => locale !== defaultLocale)];
  const chosen = new Negotiator({ headers }).language(preferred);
  return locales.find((locale) => locale === chosen) ?? defaultLocale;
}

/** True when the client prefers RFC 9457 problem details to the gateway's own JSON envelope. */
export function prefersProblemJson(headers: Headers): boolean {
  const chosen = new Negotiator({ headers }).mediaType(['application/json', 'application/problem+json']);
  return chosen === 'application/problem+json';
}

/** True when the client prefers a page to JSON, as browsers do that show the answer to a person. */
export function prefersHtml(headers: Headers): boolean {
  const chosen = new Negotiator({ headers }).mediaType(['application/json', 'text/html']);
  return chosen === 'text/html';
}
