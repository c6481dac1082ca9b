import { type Filter, PresenceFilter } from 'ldapts';
import { FilterTemplate, leavesOf, rebuild } from './filter-template';

/** LDAP_USER_FILTER: who may log in, and by which attributes their login name is found. */
export class UserFilter {
  private readonly template: FilterTemplate<'username'>;

  /** What the filter asks besides the name; undefined when it asks for nothing else. */
  readonly restriction: Filter | undefined;

  /** @throws Error that names LDAP_USER_FILTER when the text is no filter or has no place for the name. */
  constructor(text: string) {
    const template = new FilterTemplate('LDAP_USER_FILTER', text, ['username']);
    this.template = template;
    const holdsName = (leaf: Filter) => template.holds(leaf);
    this.restriction = leavesOf(template.tree).every(holdsName)
      ? undefined
      : rebuild(template.tree, (leaf) => (holdsName(leaf) ? anyValue(leaf) : leaf));
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
