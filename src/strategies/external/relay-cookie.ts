/**
 * The value of the last cookie of this name among `Set-Cookie` lines (RFC 6265 section 5.2), just as it came: quotes are part of it.
 * Undefined when none sets it, when it is empty (`""` too), or when the last one deletes it.
 */
export function cookieFrom(lines: readonly string[], name: string, nowMs: number): string | undefined {
  const line = lines.findLast((candidate) => pairOf(candidate.split(';', 1)[0] ?? '').name === name);
  if (line === undefined) return undefined;
  const [cookie = '', ...attributes] = line.split(';');
  const { value } = pairOf(cookie);
  return value === '' || value === '""' || isDeletion(attributes, nowMs) ? undefined : value;
}

/** `Max-Age` counts before `Expires` (RFC 6265 section 5.3 step 3); one that cannot be read is as good as absent. */
function isDeletion(attributes: readonly string[], nowMs: number): boolean {
  const values = new Map(
    attributes.map((attribute) => {
      const { name, value } = pairOf(attribute);
      return [name.toLowerCase(), value];
    }),
  );
  const maxAge = values.get('max-age') ?? '';
  if (/^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return Date.parse(values.get('expires') ?? '') <= nowMs;
}

function pairOf(text: string): { readonly name: string; readonly value: string } {
  const [name = '', ...rest] = text.split('=');
  return { name: name.trim(), value: rest.join('=').trim() };
}
