import { ExtensibleFilter, type Filter, SubstringFilter } from 'ldapts';

const placeholder = '{username}';
/** Longer values hold no login name; this also bounds what a pattern has to try. */
const longestValue = 256;

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

/** The texts between the asterisks of a condition. */
function textsOf(leaf: Filter): readonly string[] {
  if (leaf instanceof SubstringFilter) return [leaf.initial, ...leaf.any, leaf.final];
  return 'value' in leaf && typeof leaf.value === 'string' ? [leaf.value] : [];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
