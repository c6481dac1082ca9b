import type { ComponentChildren, VNode } from 'preact';
import { locales } from '../../common/locale';
import type { PageView } from './page-view';
import { pageAddress } from './paths';

export interface PageFrame {
  /** What this page is for, in the person's language; stands before the name in the title. */
  readonly title: string;
  readonly view: PageView;
  /** Set where something went wrong: the title says so, because it is the first that a screen reader reads. */
  readonly isFault?: boolean;
  /** For tables and the like. */
  readonly isWide?: boolean;
  readonly children?: ComponentChildren;
}

const languageNames = { es: 'Español', en: 'English' };

/** The frame of every page: head, name, the content as the one main landmark, and the languages. */
export function Page({ title, view, isFault = false, isWide = false, children }: PageFrame): VNode {
  const { brand, locale } = view;
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <title>{`${isFault ? 'Error: ' : ''}${title} · ${brand.name}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <link rel="stylesheet" href={brand.stylePath} />
        <link rel="icon" href={brand.iconPath} />
      </head>
      <body>
        <header>
          {brand.logoPath !== undefined && <img src={brand.logoPath} alt="" height={48} />}
          <p>{brand.name}</p>
        </header>
        <main class={isWide ? 'wide' : undefined}>
          <h1>{title}</h1>
          {children}
        </main>
        <Languages view={view} />
      </body>
    </html>
  );
}

/** Links to the same page in the other languages. */
function Languages({ view: { locale, path, returnTo, flags } }: { readonly view: PageView }): VNode {
  const others = locales.filter((other) => other !== locale);
  return (
    <footer>
      <nav aria-label={{ es: 'Idioma', en: 'Language' }[locale]}>
        <ul>
          {others.map((other) => (
            <li key={other}>
              <a href={pageAddress(path, { returnTo, lang: other }, flags)} lang={other} hreflang={other}>
                {languageNames[other]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </footer>
  );
}
