import { EqualityFilter, ExtensibleFilter, type Filter, PresenceFilter, SubstringFilter } from 'ldapts';
import { parseDn } from '../../../common/distinguished-name';

const placeholder = '{username}';
/** Longer values hold no login name; this also bounds what a pattern has to try. */
const longestValue = 256;

/**
 * Matches what a condition matches with one login name or another: its fixed parts stay. Only the presence of the attribute is asked
 * for where there are none, where the comparison goes by more than the text, and where the value is a DN: attributes of that syntax
 * have no rule for substrings (RFC 4519 section 2), so such a condition would match nobody.
 */
export function anyName(leaf: Filter): Filter {
  const attribute = attributeOf(leaf);
  if (attribute === undefined) return new PresenceFilter({ attribute: 'objectClass' });
  const parts = partsOf(leaf);
  if (parts === undefined) return new PresenceFilter({ attribute });
  const [initial = '', ...rest] = parts.flatMap((part) => part.split(placeholder));
  const final = rest.pop() ?? '';
  const any = rest.filter((part) => part !== '');
  const hasFixedParts = initial !== '' || final !== '' || any.length > 0;
  return hasFixedParts
    ? new SubstringFilter({ attribute, initial, any, final })
    : new PresenceFilter({ attribute });
}

/** The attribute that a condition compares; undefined for the DN of an entry and the like. */
export function attributeOf(leaf: Filter): string | undefined {
  if (leaf instanceof ExtensibleFilter) return leaf.dnAttributes ? undefined : leaf.matchType || undefined;
  return 'attribute' in leaf && typeof leaf.attribute === 'string' ? leaf.attribute : undefined;
}

/** Reads the login name out of the value of an attribute by the condition that would find it; undefined where it would not. */
export function namePattern(leaf: Filter): (value: string) => string | undefined {
  const parts = textsOf(leaf).map((part) => part.split(placeholder).map(escaped).join(placeholder));
  const [before = '', ...after] = parts.join('.*?').split(placeholder);
  const pattern = new RegExp(`^${before}(.+)${after.join('(?:\\1)')}$`, 'isu');
  return (value) => (value.length > longestValue ? undefined : pattern.exec(value)?.[1]);
}

/** The texts between the asterisks of a condition that compares texts literally. */
function partsOf(leaf: Filter): readonly string[] | undefined {
  if (!(leaf instanceof EqualityFilter) && !(leaf instanceof SubstringFilter)) return undefined;
  const texts = textsOf(leaf);
  return parseDn(texts.join('x').replaceAll(placeholder, 'x')) === undefined ? texts : undefined;
}

function textsOf(leaf: Filter): readonly string[] {
  if (leaf instanceof SubstringFilter) return [leaf.initial, ...leaf.any, leaf.final];
  return 'value' in leaf && typeof leaf.value === 'string' ? [leaf.value] : [];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
