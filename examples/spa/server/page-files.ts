import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

/** A file of the built page. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly cacheControl: string;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads the whole page once, so that no request ever names a file on disk. Vite puts a hash into the names below `assets`. */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => extname(name) in types,
  );
  return new Map(
    names.map((name) => {
      const path = `/${name.split(sep).join('/')}`;
      const cacheControl = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
      const type = types[extname(name)] ?? 'application/octet-stream';
      return [
        path === '/index.html' ? '/' : path,
        { bytes: readFileSync(join(folder, name)), type, cacheControl },
      ];
    }),
  );
}

/** Keeps scripts of others out of the page, and the page from talking to anybody but this server and the gateway. */
export function pageHeaders(gatewayUrl: string): Readonly<Record<string, string>> {
  const policy = [
    ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'"],
    ...[`connect-src 'self' ${new URL(gatewayUrl).origin}`],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
