import { EqualityFilter, type Filter, NotFilter, PresenceFilter } from 'ldapts';
import { withoutRepeats } from './attributes';
import type { DirectoryEntry } from './directory-entry';
import { FilterTemplate, leavesOf, rebuild } from './filter-template';
import { attributeOf, namePattern } from './name-pattern';

/** LDAP_USER_FILTER: who may log in, and by which attributes their login name is found. */
export class UserFilter {
  private readonly template: FilterTemplate<'username'>;

  /** What the filter asks besides the name; undefined when it asks for nothing else. */
  readonly restriction: Filter | undefined;

  /**
   * Matches everybody who could log in by one name or another: what the filter asks besides, and a value where the name stands. What
   * stands around the name is left to `namesOf`: many attributes have no rule by which a server could compare parts of a value.
   */
  readonly anyPerson: Filter;

  /** The attributes whose whole value is the login name, in the order of the filter. */
  readonly nameAttributes: readonly string[];

  /** All attributes that the login name is compared with. */
  readonly attributes: readonly string[];

  private readonly places: readonly NamePlace[];

  /** @throws Error that names LDAP_USER_FILTER when the text is no filter or has no place for the name. */
  constructor(text: string) {
    const template = new FilterTemplate('LDAP_USER_FILTER', text, ['username']);
    this.template = template;
    const holdsName = (leaf: Filter) => template.holds(leaf);
    const leaves = leavesOf(template.tree);
    const places: NamePlace[] = [];
    this.anyPerson = rebuild(template.tree, (leaf, isNegated) => {
      if (!holdsName(leaf)) return leaf;
      if (isNegated) return nobody;
      places.push(...placeIn(leaf));
      return anyValue(leaf);
    });
    this.restriction = leaves.every(holdsName) ? undefined : this.anyPerson;
    this.places = places;
    this.attributes = withoutRepeats(places.map(({ attribute }) => attribute));
    this.nameAttributes = leaves.flatMap((leaf) =>
      leaf instanceof EqualityFilter && leaf.value === '{username}' ? [leaf.attribute] : [],
    );
  }

  /** The filter that finds this login name, taken literally. */
  forName(username: string): Filter {
    return this.template.fill({ username });
  }

  /** False for an entry without any value that a login name fits into, as far as the filter says where to look. */
  hasName(entry: DirectoryEntry): boolean {
    return this.places.length === 0 || this.namesOf(entry).length > 0;
  }

  /** The names by which the filter may find an entry that shows `attributes`, in the order of the filter. */
  namesOf(entry: DirectoryEntry): readonly string[] {
    const names = this.places.flatMap(({ attribute, nameIn }) => entry.texts(attribute).map(nameIn));
    return names.filter((name) => name !== undefined);
  }
}

/** Below a not, a condition on the name of somebody holds for nobody, so that the not lets everybody pass. */
const nobody = new NotFilter({ filter: new PresenceFilter({ attribute: 'objectClass' }) });

function placeIn(leaf: Filter): readonly NamePlace[] {
  const attribute = attributeOf(leaf);
  return attribute === undefined ? [] : [{ attribute, nameIn: namePattern(leaf) }];
}

function anyValue(leaf: Filter): Filter {
  return new PresenceFilter({ attribute: attributeOf(leaf) ?? 'objectClass' });
}

/** Where an entry may hold its login name. */
interface NamePlace {
  readonly attribute: string;
  readonly nameIn: (value: string) => string | undefined;
}
