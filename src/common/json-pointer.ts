/** The reference tokens of a JSON pointer, unescaped. */
export type JsonPointer = readonly string[];

/** A JSON value without members. */
export type JsonScalar = string | number | boolean | null;

/** Reads a JSON pointer (RFC 6901 section 3). Undefined when the text is none. */
export function parsePointer(text: string): JsonPointer | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  return text.slice(1).split('/').map(unescaped);
}

/** `~1` first, so that `~01` becomes `~1` and not `/` (RFC 6901 section 4). */
function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The value that the pointer reaches, or undefined. Only what the document itself holds, nothing inherited. */
export function valueAt(document: unknown, pointer: JsonPointer): unknown {
  let value = document;
  for (const token of pointer) value = childOf(value, token);
  return value;
}

function childOf(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d{0,8})$/.test(token) ? value[Number(token)] : undefined;
  if (!isJsonObject(value)) return undefined;
  return Object.hasOwn(value, token) ? value[token] : undefined;
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonScalar(value: unknown): value is JsonScalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
