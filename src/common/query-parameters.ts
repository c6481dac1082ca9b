import { parse } from 'node:querystring';

/** Parameters that a query may have. */
export const mostQueryParameters = 100;

/** Names that mean something to JavaScript itself; parameters of these names are dropped. */
export const unsafeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads a query: a name that comes more than once has a list. */
export function queryParameters(text: string): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = {};
  const given = parse(text, '&', '=', { maxKeys: mostQueryParameters });
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !unsafeNames.has(name)) parameters[name] = value;
  }
  return parameters;
}

/** How many parameters the query of a URL has, empty ones included. */
export function countQueryParameters(url: string): number {
  const start = url.indexOf('?');
  if (start < 0) return 0;
  let count = 1;
  for (let at = url.indexOf('&', start); at >= 0; at = url.indexOf('&', at + 1)) count++;
  return count;
}
