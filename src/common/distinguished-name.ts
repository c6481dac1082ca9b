/** One backslash with what follows it, or one plain character (RFC 4514 section 3: two hex digits stand for a byte). */
const piece = /\\([0-9a-f]{2})|\\(.)|([^\\])/gisu;
/** Everything up to the next separator that is not escaped. */
const rdnTexts = /(?:\\.|[^\\,;])+/gsu;
const firstRdnText = /(?:\\.|[^\\,;])+/su;
const attributeTexts = /(?:\\.|[^\\+])+/gsu;

/** What a DN of so many characters is written anew as must be readable again: `=` becomes `\3d`. */
const longestTyped = 1024;
/** A DN of so many characters or parts at most; entries of people have far fewer. */
const longestDn = 3 * longestTyped;
const mostParts = 64;

/**
 * The names and numbers of RFC 4519 section 2 under which a server knows one naming attribute, by the spelling that stands for
 * all of them in keys. Without them one entry would have several keys.
 */
const typeSpellings: ReadonlyMap<string, string> = new Map(
  [
    ['uid', 'userid', '0.9.2342.19200300.100.1.1'],
    ['mail', 'rfc822mailbox', '0.9.2342.19200300.100.1.3'],
    ['dc', 'domaincomponent', '0.9.2342.19200300.100.1.25'],
    ['cn', 'commonname', '2.5.4.3'],
    ['sn', 'surname', '2.5.4.4'],
    ['serialnumber', '2.5.4.5'],
    ['c', 'countryname', '2.5.4.6'],
    ['l', 'localityname', '2.5.4.7'],
    // Active Directory writes `S` (MS-ADTS section 3.1.1.3.1.2.1).
    ['st', 's', 'stateorprovincename', '2.5.4.8'],
    ['street', 'streetaddress', '2.5.4.9'],
    ['o', 'organizationname', '2.5.4.10'],
    ['ou', 'organizationalunitname', '2.5.4.11'],
    ['title', '2.5.4.12'],
    ['givenname', 'gn', '2.5.4.42'],
    ['initials', '2.5.4.43'],
  ].flatMap(([first = '', ...others]) => others.map((other) => [other, first] as const)),
);

const descriptor = /^[a-z][a-z0-9-]*$/i;
/**
 * RFC 4514 section 3 for the text of a value, without the control characters that it would allow. What is not escaped here and
 * should be, such as `;` and `<`, has a meaning of its own for some servers.
 */
const valueText = /^(?![#])(?:[^\\",;+<>\p{Cc}]|\\[\\ "#+,;<=>]|\\[0-9a-f]{2})+$/iu;
const controlCharacter = /\p{Cc}/u;
/** ASCII without controls. */
const plainText = /^[\x20-\x7e]*$/;
/** Anything that `folded` writes as one blank and is not one yet. */
const severalBlanks = /\s\s|[^\S ]/;

/** A DN as somebody outside wrote it, read strictly. */
export interface DistinguishedName {
  /**
   * Written anew from what was read: types as given, every special character escaped in hexadecimal. A server that is asked with
   * this text cannot read it otherwise than we did.
   */
  readonly text: string;
  /** The same for all spellings, as by `dnKey`. */
  readonly key: string;
  /** The first RDN, where it has one attribute only: the spelling of the type that stands for all its names, and the value. */
  readonly name: { readonly type: string; readonly value: string } | undefined;
}

/**
 * Reads a DN that a client sent (RFC 4514 section 3).
 * @returns undefined for a text that is no DN or an empty one, for one longer than 3072 characters or 64 RDNs, for a value in `#hex`
 * form, without text or with control characters, and for a type given by a number that has no name here.
 */
export function parseDn(text: string): DistinguishedName | undefined {
  if (text.trim() === '' || text.length > longestDn) return undefined;
  const rdns = separated(text, ',').map((rdn) => separated(rdn, '+').map(strictPart));
  const parts = rdns.map((rdn) => rdn.filter((part) => part !== undefined));
  if (rdns.length > mostParts || parts.some((known, index) => known.length !== rdns[index]?.length)) {
    return undefined;
  }
  const written = parts.map((rdn) => rdn.map(writtenPart).join('+')).join(',');
  const [first, ...further] = parts[0] ?? [];
  return {
    text: written,
    key: dnKey(written),
    name: first && further.length === 0 ? { type: typeKey(first.type), value: first.value } : undefined,
  };
}

/**
 * The value of an attribute in a DN, escaped by RFC 4514 section 2.4. Hexadecimal throughout, which is right wherever a character
 * stands; without it a name such as `x,ou=admins` would be another entry.
 */
export function escapedRdnValue(value: string): string {
  return value.replace(/["+,;<=>\\]|^[ #]|\x20$/g, hex).replaceAll('\0', hex);
}

interface StrictPart {
  readonly type: string;
  readonly value: string;
}

interface NamePart {
  /** As written, without blanks around it. */
  readonly type: string;
  /** Unescaped. Undefined for a value in `#hex` form, which is no text, and for an empty one. */
  readonly value: string | undefined;
  readonly raw: string;
}

/** The first attribute in a DN, unescaped: `CN=a\,b,OU=x` gives `CN` and `a,b` (RFC 4514). Undefined where there is no text. */
export function firstRdn(dn: string): { readonly type: string; readonly value: string } | undefined {
  const [first = ''] = firstRdnText.exec(dn) ?? [];
  const part = partsOf(first)[0];
  return part?.value === undefined ? undefined : { type: part.type, value: part.value };
}

/**
 * The same text for all spellings of one DN: the case, escapes and blanks that do not count are gone (RFC 4518 for the
 * matching rules that ignore case, as naming attributes do). A text that is no DN is only folded.
 */
export function dnKey(dn: string): string {
  return rdnKeys(dn)?.join(',') ?? folded(dn);
}

/** Whether a DN is the base or lies below it. Everything lies below the empty DN. */
export function isWithin(dn: string, baseDn: string): boolean {
  const base = rdnKeys(baseDn);
  const keys = rdnKeys(dn);
  if (base === undefined || keys === undefined) return false;
  return base.length === 0 || keys.slice(-base.length).join(',') === base.join(',');
}

/** One spelling of a text where upper and lower case and repeated blanks do not count. */
export function folded(text: string): string {
  // Most texts are such, of which NFKC changes nothing.
  const plain = plainText.test(text) ? text : text.normalize('NFKC');
  const trimmed = plain.toLowerCase().trim();
  return severalBlanks.test(trimmed) ? trimmed.replace(/\s+/g, ' ') : trimmed;
}

function rdnKeys(dn: string): string[] | undefined {
  const rdns = rdnsOf(dn);
  if (rdns.some((parts) => parts.some(({ type }) => type === ''))) return undefined;
  // The parts of one RDN have no order (RFC 4514 section 2.2).
  return rdns.map((parts) => {
    const [first, ...others] = parts.map(partKey);
    return others.length === 0 ? (first ?? '') : [first, ...others].sort().join('+');
  });
}

function partKey({ type, value, raw }: NamePart): string {
  return `${typeKey(type)}=${folded(value ?? raw).replace(/[\\,+]/g, '\\$&')}`;
}

/** One spelling for all the names of an attribute type. */
function typeKey(type: string): string {
  const plain = type.toLowerCase();
  return typeSpellings.get(plain) ?? plain;
}

/** The pieces between separators that are not escaped; never fewer than one. */
function separated(text: string, separator: ',' | '+'): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}

function strictPart(text: string): StrictPart | undefined {
  const equals = text.indexOf('=');
  const type = text.slice(0, Math.max(0, equals)).trim();
  if (!descriptor.test(type) && !typeSpellings.has(type)) return undefined;
  const raw = withoutOuterBlanks(text.slice(equals + 1));
  const value = valueText.test(raw) ? unescapedText(raw) : undefined;
  return value === undefined || controlCharacter.test(value) ? undefined : { type, value };
}

/** A blank that is escaped belongs to the value. */
function withoutOuterBlanks(raw: string): string {
  const whole = raw.replace(/^ +/, '');
  const rest = whole.replace(/ +$/, '');
  return rest !== whole && /(?:^|[^\\])(?:\\\\)*\\$/.test(rest) ? `${rest} ` : rest;
}

/** Undefined where the escaped bytes are no UTF-8. */
function unescapedText(raw: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unescapedBytes(raw));
  } catch {
    return undefined;
  }
}

function writtenPart({ type, value }: StrictPart): string {
  return `${type}=${escapedRdnValue(value)}`;
}

function hex(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function rdnsOf(dn: string): NamePart[][] {
  return (dn.match(rdnTexts) ?? []).map(partsOf);
}

function partsOf(rdn: string): NamePart[] {
  const texts = rdn.includes('+') ? (rdn.match(attributeTexts) ?? []) : [rdn];
  return texts.map(namePart);
}

function namePart(text: string): NamePart {
  const equals = text.indexOf('=');
  if (equals < 1) return { type: '', value: undefined, raw: text };
  const raw = text.slice(equals + 1).replace(/^ +/, '');
  const value = raw.startsWith('#') ? '' : unescape(raw);
  return { type: text.slice(0, equals).trim(), value: value === '' ? undefined : value, raw };
}

function unescape(raw: string): string {
  return plainText.test(raw) && !raw.includes('\\')
    ? withoutEndBlanks(raw)
    : unescapedBytes(raw).toString('utf8');
}

/** As / +$/ would do it, which takes the square of the length where many blanks are within. */
function withoutEndBlanks(text: string): string {
  let { length } = text;
  while (text[length - 1] === ' ') length -= 1;
  return text.slice(0, length);
}

function unescapedBytes(raw: string): Buffer {
  const pieces = [...raw.matchAll(piece)];
  // Blanks at the end do not count, unless they are escaped.
  while (pieces.at(-1)?.[0] === ' ') pieces.pop();
  const bytes = pieces.map(([, hex, escaped, plain]) =>
    hex === undefined ? Buffer.from(escaped ?? plain ?? '') : Buffer.from(hex, 'hex'),
  );
  return Buffer.concat(bytes);
}
