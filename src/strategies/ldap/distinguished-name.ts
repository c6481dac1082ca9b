/** One backslash with what follows it, or one plain character (RFC 4514 section 3: two hex digits stand for a byte). */
const piece = /\\([0-9a-f]{2})|\\(.)|([^\\])/gisu;
/** Everything up to the first separator that is not escaped. */
const firstValue = /^(?:\\.|[^\\,;+])*/su;

/**
 * The value of the first attribute in a DN, unescaped: `CN=a\,b,OU=x` gives `a,b` (RFC 4514).
 * Undefined for a text that is no DN, and for a value in `#hex` form, which is no text.
 */
export function firstRdnValue(dn: string): string | undefined {
  const equals = dn.indexOf('=');
  if (equals < 1) return undefined;
  const raw = firstValue.exec(dn.slice(equals + 1).replace(/^ +/, ''))?.[0] ?? '';
  if (raw.startsWith('#')) return undefined;
  const value = unescape(raw);
  return value === '' ? undefined : value;
}

function unescape(raw: string): string {
  const pieces = [...raw.matchAll(piece)];
  // Blanks at the end do not count, unless they are escaped.
  while (pieces.at(-1)?.[0] === ' ') pieces.pop();
  const bytes = pieces.map(([, hex, escaped, plain]) =>
    hex === undefined ? Buffer.from(escaped ?? plain ?? '') : Buffer.from(hex, 'hex'),
  );
  return Buffer.concat(bytes).toString('utf8');
}
