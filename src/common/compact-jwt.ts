import { isUtf8 } from 'node:buffer';
import { isJsonObject } from './json-pointer';

/** What a JWT says, unverified. */
export interface ReadJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Most `{` in a header, texts in it included. Headers name keys and types; one of more objects is only there to be costly. */
const mostHeaderBraces = 64;

/**
 * Reads a signed JWT in compact form (RFC 7515 section 7.1) without looking at its signature. Undefined for any text that leaves
 * room for two readings: base64url of another spelling, bytes that are no UTF-8, members that stand twice (RFC 7515 section 4,
 * RFC 7519 section 4), and for anything but two JSON objects and a signature. Who verifies tokens of strangers calls the three
 * functions below one by one instead, because looking through the claims costs more than a signature does.
 */
export function readCompactJwt(token: string): ReadJwt | undefined {
  const header = isSignedJwt(token) ? headerOfJwt(token) : undefined;
  const claims = header && claimsOfJwt(token);
  return header && claims && { header, claims };
}

/**
 * Whether a text has the form of a signed JWT: three parts that are not empty, the last two in the one spelling of base64url, and no
 * claims that nest absurdly deep. Libraries parse claims before they look at the signature.
 */
export function isSignedJwt(token: string): boolean {
  const [header, claims, signature, ...rest] = token.split('.', 4);
  if (!header || claims === undefined || signature === undefined || rest.length > 0) return false;
  const bytes = bytesOf(claims);
  return bytes !== undefined && !isTooDeep(bytes) && bytesOf(signature) !== undefined;
}

/** The header of a JWT, whatever follows it; undefined as in `readCompactJwt`, and for one of absurdly many objects. */
export function headerOfJwt(token: string): ReadJwt['header'] | undefined {
  const text = textOfPart(token.split('.', 1)[0] ?? '');
  if (text === undefined || text.split('{', mostHeaderBraces + 2).length > mostHeaderBraces + 1)
    return undefined;
  return jsonObject(text);
}

/** The claims of a JWT, to be read once its signature holds; undefined as in `readCompactJwt`. */
export function claimsOfJwt(token: string): ReadJwt['claims'] | undefined {
  return jsonObjectOfPart(token.split('.', 2)[1] ?? '');
}

/** The JSON object that a part of a JWT holds, by the same rules; undefined when it holds none. */
export function jsonObjectOfPart(part: string): Readonly<Record<string, unknown>> | undefined {
  const text = textOfPart(part);
  return text === undefined ? undefined : jsonObject(text);
}

function textOfPart(part: string): string | undefined {
  const bytes = bytesOf(part);
  return bytes && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && !hasMemberTwice(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

const deepest = 32;
const [quote, backslash, brace, bracket] = [0x22, 0x5c, 0x7b, 0x5b];

/** Whether JSON nests more than 32 objects and lists. What is no JSON gets some answer. */
function isTooDeep(json: Buffer): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) isText = !isText;
    else if (isText) at += byte === backslash ? 1 : 0;
    else if (byte === brace || byte === bracket) depth++;
    // The closing ones stand two places after them.
    else if (byte === brace + 2 || byte === bracket + 2) depth--;
    if (depth > deepest) return true;
  }
  return false;
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
      const name: unknown = text.includes('\\') ? JSON.parse(text) : text.slice(1, -1);
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
