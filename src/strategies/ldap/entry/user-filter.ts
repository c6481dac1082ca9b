import { EqualityFilter, type Filter, PresenceFilter } from 'ldapts';
import { withoutRepeats } from './attributes';
import type { DirectoryEntry } from './directory-entry';
import { FilterTemplate, leavesOf, rebuild } from './filter-template';
import { anyName, attributeOf, namePattern } from './name-pattern';

/** LDAP_USER_FILTER: who may log in, and by which attributes their login name is found. */
export class UserFilter {
  private readonly template: FilterTemplate<'username'>;

  /** What the filter asks besides the name; undefined when it asks for nothing else. */
  readonly restriction: Filter | undefined;

  /** Matches everybody who could log in by one name or another: what the filter asks besides, and a value that a name fits into. */
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
    this.anyPerson = rebuild(template.tree, (leaf) => (holdsName(leaf) ? anyName(leaf) : leaf));
    const isNameOnly = (leaf: Filter) => holdsName(leaf) && anyName(leaf) instanceof PresenceFilter;
    this.restriction = leaves.every(isNameOnly) ? undefined : this.anyPerson;
    this.places = leaves.filter(holdsName).flatMap((leaf) => {
      const attribute = attributeOf(leaf);
      return attribute === undefined ? [] : [{ attribute, nameIn: namePattern(leaf) }];
    });
    this.attributes = withoutRepeats(this.places.map(({ attribute }) => attribute));
    this.nameAttributes = leaves.flatMap((leaf) =>
      leaf instanceof EqualityFilter && leaf.value === '{username}' ? [leaf.attribute] : [],
    );
  }

  /** The filter that finds this login name, taken literally. */
  forName(username: string): Filter {
    return this.template.fill({ username });
  }

  /** The names by which the filter may find an entry that shows `attributes`, in the order of the filter. */
  namesOf(entry: DirectoryEntry): readonly string[] {
    const names = this.places.flatMap(({ attribute, nameIn }) => entry.texts(attribute).map(nameIn));
    return names.filter((name) => name !== undefined);
  }
}

/** Where an entry may hold its login name. */
interface NamePlace {
  readonly attribute: string;
  readonly nameIn: (value: string) => string | undefined;
}
