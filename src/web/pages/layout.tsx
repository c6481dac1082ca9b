import type { ComponentChildren, VNode } from 'preact';
import type { Locale } from '../../common/locale';
import type { Brand } from './brand';

export interface PageFrame {
  /** What this page is for, in the person's language; stands before the name in the title. */
  readonly title: string;
  readonly locale: Locale;
  readonly brand: Brand;
  readonly children?: ComponentChildren;
}

/** The frame of every page: head, name, the content as the one main landmark. */
export function Page({ title, locale, brand, children }: PageFrame): VNode {
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · ${brand.name}`}</title>
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
        <main>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}
