import type { FastifyReply } from 'fastify';
import type { VNode } from 'preact';
import { renderToStaticMarkup } from 'preact-render-to-string';
import type { Locale } from '../../common/locale';

export interface PageOptions {
  readonly locale: Locale;
  /** 200 unless said otherwise. */
  readonly status?: number;
  /**
   * Origins besides the own one to which a form of the page may lead in the end: browsers hold redirects after a form to `form-action`
   * too (CSP 3 section 6.4.1).
   */
  readonly formOrigins?: readonly string[];
}

/** Nothing but the gateway's own style and images, no script, no frame around it; forms to the gateway itself. */
function policy(formOrigins: readonly string[]): string {
  return [
    ...["default-src 'none'", "style-src 'self'", "img-src 'self'", "base-uri 'none'"],
    ["form-action 'self'", ...formOrigins].join(' '),
    "frame-ancestors 'none'",
  ].join(';');
}

/** The text of a page, with everything escaped that is not markup. */
export function pageText(page: VNode): string {
  return `<!doctype html>${renderToStaticMarkup(page)}`;
}

/** The headers of a page. */
export function pageHeaders({ locale, formOrigins = [] }: PageOptions): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Language': locale,
    'Content-Security-Policy': policy(formOrigins),
    // With no-referrer browsers would send `Origin: null` with forms, which over plain HTTP is a stranger's.
    'Referrer-Policy': 'same-origin',
    Vary: 'Accept-Language',
  };
}

/** Sends a page. */
export function sendPage(reply: FastifyReply, page: VNode, options: PageOptions): void {
  void reply
    .status(options.status ?? 200)
    .headers(pageHeaders(options))
    .send(pageText(page));
}

/** Leads a browser on by GET, whatever the method was (RFC 9110 section 15.4.4). */
export function leadOn(reply: FastifyReply, address: string): void {
  void reply.status(303).header('Location', address).send();
}
