import type { Locale, LocalizedText } from '../../common/locale';

interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const texts: Readonly<Record<'ended' | 'unknown', LocalizedText>> = {
  ended: { es: 'La sesión se ha cerrado.', en: 'You are signed out.' },
  unknown: {
    es: 'No se pudo saber qué sesión cerrar; ninguna se ha cerrado.',
    en: 'It could not be told which session to end; none has ended.',
  },
};

/** What a browser shows that is sent nowhere after a logout. Holds nothing of the request and loads nothing. */
export function sessionEndPage(outcome: 'ended' | 'unknown', locale: Locale): Page {
  const text = texts[outcome][locale];
  return {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': locale,
    },
    body: `<!doctype html><html lang="${locale}"><meta charset="utf-8"><title>${text}</title><p>${text}</p></html>\n`,
  };
}
