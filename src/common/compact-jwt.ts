import { isUtf8 } from 'node:buffer';
import { isJsonObject } from './json-pointer';

/** What a JWT says, unverified. */
export interface ReadJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Reads a signed JWT in compact form (RFC 7515 section 7.1) without looking at its signature. Undefined for any text that leaves
 * room for two readings: base64url of another spelling, bytes that are no UTF-8, members that stand twice (RFC 7515 section 4,
 * RFC 7519 section 4), and for anything but two JSON objects and a signature.
 */
export function readCompactJwt(token: string): ReadJwt | undefined {
  const [header, claims, signature, ...rest] = token.split('.', 4);
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  if (rest.length > 0 || bytesOf(signature) === undefined) return undefined;
  const read = { header: jsonObjectOfPart(header), claims: jsonObjectOfPart(claims) };
  return read.header && read.claims && { header: read.header, claims: read.claims };
}

/** The JSON object that a part of a JWT holds, by the same rules; undefined when it holds none. */
export function jsonObjectOfPart(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = bytesOf(part);
  if (!bytes || !isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && !hasMemberTwice(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** There is one text for each row of bytes (RFC 4648 section 3.5); Node reads many more. */
function bytesOf(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}

/** The names of members, and where objects begin and end, in a text that is JSON. */
const jsonMarks = /("[^"\\]*(?:\\.[^"\\]*)*")([ \t\r\n]*:)?|[{}]/g;

/** `JSON.parse` keeps the last of two members of one name, others keep the first. */
function hasMemberTwice(json: string): boolean {
  const open: Set<unknown>[] = [];
  for (const [mark, text, colon] of json.matchAll(jsonMarks)) {
    if (mark === '{') open.push(new Set());
    else if (mark === '}') open.pop();
    else if (text !== undefined && colon !== undefined) {
      const name: unknown = JSON.parse(text);
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
