import { EqualityFilter, type Filter, PresenceFilter } from 'ldapts';
import { FilterTemplate, leavesOf, rebuild } from './filter-template';

/** LDAP_USER_FILTER: who may log in, and by which attributes their login name is found. */
export class UserFilter {
  private readonly template: FilterTemplate<'username'>;

  /** What the filter asks besides the name; undefined when it asks for nothing else. */
  readonly restriction: Filter | undefined;

  /** Matches everybody who could log in by one name or another: what the filter asks besides, and that there is a name. */
  readonly anyPerson: Filter;

  /** The attributes whose whole value is the login name, in the order of the filter. */
  readonly nameAttributes: readonly string[];

  /** @throws Error that names LDAP_USER_FILTER when the text is no filter or has no place for the name. */
  constructor(text: string) {
    const template = new FilterTemplate('LDAP_USER_FILTER', text, ['username']);
    this.template = template;
    const holdsName = (leaf: Filter) => template.holds(leaf);
    const leaves = leavesOf(template.tree);
    this.anyPerson = rebuild(template.tree, (leaf) => (holdsName(leaf) ? anyValue(leaf) : leaf));
    this.restriction = leaves.every(holdsName) ? undefined : this.anyPerson;
    this.nameAttributes = leaves.flatMap((leaf) =>
      leaf instanceof EqualityFilter && leaf.value === '{username}' ? [leaf.attribute] : [],
    );
  }

  /** The filter that finds this login name, taken literally. */
  forName(username: string): Filter {
    return this.template.fill({ username });
  }
}

function anyValue(leaf: Filter): Filter {
  if ('attribute' in leaf && typeof leaf.attribute === 'string') {
    return new PresenceFilter({ attribute: leaf.attribute });
  }
  return new PresenceFilter({ attribute: 'objectClass' });
}
