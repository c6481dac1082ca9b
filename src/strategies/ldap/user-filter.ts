import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import { describeError } from '../../common/system-error';

const placeholder = '{username}';

/**
 * LDAP_USER_FILTER, parsed once. A login name is put into the parsed tree and never into the text, so that no name can add,
 * remove or widen a condition (the injection that RFC 4515 section 3 escapes against).
 */
export class UserFilter {
  private readonly template: Filter;

  /** What the filter asks besides the name; undefined when it asks for nothing else. */
  readonly restriction: Filter | undefined;

  /** @throws Error that names LDAP_USER_FILTER when the text is no filter or has no place for the name. */
  constructor(text: string) {
    this.template = parse(text);
    const leaves = leavesOf(this.template);
    if (!leaves.some(holdsName)) throw new Error(`LDAP_USER_FILTER must hold ${placeholder} as a value`);
    this.restriction = leaves.every(holdsName)
      ? undefined
      : rebuild(this.template, (leaf) => (holdsName(leaf) ? anyValue(leaf) : leaf));
  }

  /** The filter that finds this login name, taken literally. */
  forName(username: string): Filter {
    return rebuild(this.template, (leaf) => withName(leaf, username));
  }
}

function parse(text: string): Filter {
  try {
    return FilterParser.parseString(decodeEscapedUtf8(text));
  } catch (error) {
    throw new Error(`LDAP_USER_FILTER is no LDAP filter: ${describeError(error)}`, { cause: error });
  }
}

/**
 * RFC 4515 lets a filter spell any byte as `\xx`. ldapts reads each one as a character of its own, so that `\c3\bc` would be
 * two letters and find nothing; the bytes of one UTF-8 letter are put together here.
 */
function decodeEscapedUtf8(text: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return text.replace(/(?:\\[89a-f][0-9a-f])+/gi, (escaped) =>
    decoder.decode(Buffer.from(escaped.replaceAll('\\', ''), 'hex')),
  );
}

function childrenOf(filter: Filter): readonly Filter[] | undefined {
  if (filter instanceof AndFilter || filter instanceof OrFilter) return filter.filters;
  return filter instanceof NotFilter ? [filter.filter] : undefined;
}

function leavesOf(filter: Filter): Filter[] {
  return childrenOf(filter)?.flatMap(leavesOf) ?? [filter];
}

function rebuild(filter: Filter, change: (leaf: Filter) => Filter): Filter {
  const inner = (child: Filter) => rebuild(child, change);
  if (filter instanceof AndFilter) return new AndFilter({ filters: filter.filters.map(inner) });
  if (filter instanceof OrFilter) return new OrFilter({ filters: filter.filters.map(inner) });
  if (filter instanceof NotFilter) return new NotFilter({ filter: inner(filter.filter) });
  return change(filter);
}

function withName(leaf: Filter, username: string): Filter {
  // A function as replacement, because `$&` and the like in a name mean something to replaceAll.
  const put = (value: string | Buffer) => value.toString().replaceAll(placeholder, () => username);
  if (leaf instanceof SubstringFilter) {
    const { attribute, initial, any, final } = leaf;
    return new SubstringFilter({ attribute, initial: put(initial), any: any.map(put), final: put(final) });
  }
  if (leaf instanceof ExtensibleFilter) return new ExtensibleFilter({ ...leaf, value: put(leaf.value) });
  for (const kind of [EqualityFilter, ApproximateFilter, GreaterThanEqualsFilter, LessThanEqualsFilter]) {
    if (leaf instanceof kind) return new kind({ attribute: leaf.attribute, value: put(leaf.value) });
  }
  return leaf;
}

function valuesOf(leaf: Filter): readonly (string | Buffer)[] {
  if (leaf instanceof SubstringFilter) return [leaf.initial, ...leaf.any, leaf.final];
  return 'value' in leaf && typeof leaf.value === 'string' ? [leaf.value] : [];
}

function holdsName(leaf: Filter): boolean {
  return valuesOf(leaf).some((value) => value.includes(placeholder));
}

function anyValue(leaf: Filter): Filter {
  if ('attribute' in leaf && typeof leaf.attribute === 'string') {
    return new PresenceFilter({ attribute: leaf.attribute });
  }
  return new PresenceFilter({ attribute: 'objectClass' });
}
