import type { Locale } from '../common/locale';

interface ErrorPage {
  readonly text: string;
  /** PAGE_NAME. */
  readonly brand: string;
  readonly locale: Locale;
  readonly requestId: string;
}

/**
 * A page that says why somebody was not let in. It is shown at the address of the protected application, where no style and no image of
 * the gateway can be had, so it has none.
 */
export function errorPage({ text, brand, locale, requestId }: ErrorPage): string {
  const label = { es: 'Identificador de la petición', en: 'Request id' }[locale];
  return [
    '<!doctype html>',
    `<html lang="${locale}"><head><meta charset="utf-8"><title>${escaped(`${text} · ${brand}`)}</title>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<meta name="robots" content="noindex"></head><body><header><p>${escaped(brand)}</p></header>`,
    `<main><h1>${escaped(text)}</h1><p>${label}: <code>${escaped(requestId)}</code></p></main></body></html>`,
  ].join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
