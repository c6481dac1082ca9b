/** One backslash with what follows it, or one plain character (RFC 4514 section 3: two hex digits stand for a byte). */
const piece = /\\([0-9a-f]{2})|\\(.)|([^\\])/gisu;
/** Everything up to the next separator that is not escaped. */
const rdnTexts = /(?:\\.|[^\\,;])+/gsu;
const attributeTexts = /(?:\\.|[^\\+])+/gsu;

interface NamePart {
  /** As written, without blanks around it. */
  readonly type: string;
  /** Unescaped. Undefined for a value in `#hex` form, which is no text, and for an empty one. */
  readonly value: string | undefined;
  readonly raw: string;
}

/** The first attribute in a DN, unescaped: `CN=a\,b,OU=x` gives `CN` and `a,b` (RFC 4514). Undefined where there is no text. */
export function firstRdn(dn: string): { readonly type: string; readonly value: string } | undefined {
  const [first] = rdnsOf(dn);
  const part = first?.[0];
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
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}

function rdnKeys(dn: string): string[] | undefined {
  const rdns = rdnsOf(dn);
  if (rdns.some((parts) => parts.some(({ type }) => type === ''))) return undefined;
  // The parts of one RDN have no order (RFC 4514 section 2.2).
  return rdns.map((parts) => parts.map(partKey).sort().join('+'));
}

function partKey({ type, value, raw }: NamePart): string {
  const plain = folded(value ?? raw);
  return `${type.toLowerCase()}=${plain.replace(/[\\,+]/g, '\\$&')}`;
}

function rdnsOf(dn: string): NamePart[][] {
  const rdns = dn.match(rdnTexts) ?? [];
  return rdns.map((rdn) => (rdn.match(attributeTexts) ?? []).map(namePart));
}

function namePart(text: string): NamePart {
  const equals = text.indexOf('=');
  if (equals < 1) return { type: '', value: undefined, raw: text };
  const raw = text.slice(equals + 1).replace(/^ +/, '');
  const value = raw.startsWith('#') ? '' : unescape(raw);
  return { type: text.slice(0, equals).trim(), value: value === '' ? undefined : value, raw };
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
