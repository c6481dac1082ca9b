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
  SubstringFilter,
} from 'ldapts';
import { describeError } from '../../../common/system-error';

/** What stands for each name in the setting, such as `{username}`, and what is put there. */
export type Placeholders<P extends string> = Readonly<Record<P, string>>;

/**
 * A filter from the settings, parsed once. Values are put into the parsed tree and never into the text, so that none can add,
 * remove or widen a condition (the injection that RFC 4515 section 3 escapes against).
 */
export class FilterTemplate<P extends string> {
  readonly tree: Filter;
  private readonly placeholder: RegExp;

  /** @throws Error that names the setting when the text is no filter or has no place for any of the values. */
  constructor(
    private readonly setting: string,
    text: string,
    private readonly names: readonly P[],
  ) {
    this.tree = this.parse(text);
    this.placeholder = new RegExp(`\\{(${names.join('|')})\\}`, 'g');
    if (!leavesOf(this.tree).some((leaf) => this.holds(leaf))) {
      const wanted = names.map((name) => `{${name}}`).join(' or ');
      throw new Error(`${setting} must hold ${wanted} as a value`);
    }
  }

  /** The filter with these values, taken literally. */
  fill(values: Placeholders<P>): Filter {
    const known = new Map<string, string>(this.names.map((name) => [name, values[name]]));
    // All at once and by a function: a value that looks like a placeholder, or like `$&`, stays what it is.
    const put = (value: string | Buffer) =>
      value.toString().replace(this.placeholder, (whole, name: string) => known.get(name) ?? whole);
    return rebuild(this.tree, (leaf) => withValues(leaf, put));
  }

  /** Whether a leaf of the tree has a place for one of these values. */
  holds(leaf: Filter, names: readonly P[] = this.names): boolean {
    return valuesOf(leaf).some((value) => names.some((name) => value.includes(`{${name}}`)));
  }

  private parse(text: string): Filter {
    try {
      return FilterParser.parseString(decodeEscapedUtf8(text));
    } catch (error) {
      throw new Error(`${this.setting} is no LDAP filter: ${describeError(error)}`, { cause: error });
    }
  }
}

/** The conditions of a filter, without the and, or and not between them. */
export function leavesOf(filter: Filter): Filter[] {
  return childrenOf(filter)?.flatMap(leavesOf) ?? [filter];
}

/** The same filter with other leaves. `isNegated` tells of a leaf whether it stands below an odd number of nots. */
export function rebuild(
  filter: Filter,
  change: (leaf: Filter, isNegated: boolean) => Filter,
  isNegated = false,
): Filter {
  const inner = (child: Filter) => rebuild(child, change, isNegated);
  if (filter instanceof AndFilter) return new AndFilter({ filters: filter.filters.map(inner) });
  if (filter instanceof OrFilter) return new OrFilter({ filters: filter.filters.map(inner) });
  if (filter instanceof NotFilter) {
    return new NotFilter({ filter: rebuild(filter.filter, change, !isNegated) });
  }
  return change(filter, isNegated);
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

function withValues(leaf: Filter, put: (value: string | Buffer) => string): Filter {
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
