import { AndFilter, EqualityFilter, type Filter, OrFilter, PresenceFilter } from 'ldapts';
import { type DistinguishedName, isWithin } from '../../common/distinguished-name';
import { StrategyUnavailable } from '../credential-strategy';
import type { Deadline } from '../outbound/deadline';
import type { DirectoryReader } from './connection/search-request';
import { TruncatedAnswer } from './connection/truncated-answer';
import { withoutRepeats } from './entry/attributes';
import type { DirectoryEntry } from './entry/directory-entry';
import { uniqueIdFilter } from './entry/unique-id';
import type { PeopleOptions, WantedName } from './login-attempt';

/** Each one costs a search. */
const mostNames = 4;

/** Finds the entries of people as the service account. */
export class PeopleSearch {
  constructor(
    private readonly reader: DirectoryReader,
    private readonly people: PeopleOptions,
  ) {}

  /** A name typed as `user@domain` may be the one of an entry whose account is another; that entry goes first. */
  async byName(
    { account, principalName }: WantedName,
    deadline: Deadline,
  ): Promise<DirectoryEntry | 'nobody' | 'several'> {
    const filter = this.people.userFilter.forName(account);
    if (principalName === undefined) return only(await this.atMost(1, filter, deadline));
    const either = new OrFilter({ filters: [this.allowed(principalNameIs(principalName)), filter] });
    const found = await this.atMost(2, either, deadline);
    if (found === 'several') return found;
    const named = found.filter((entry) => hasPrincipalName(entry, principalName));
    return only(named.length > 0 ? named : found);
  }

  /**
   * The entry with this unique id, as long as LDAP_USER_FILTER would still let its owner in.
   * @throws StrategyUnavailable also when several have it: then nobody knows whether the person is gone
   */
  async byUniqueId(uniqueId: string, deadline: Deadline): Promise<DirectoryEntry | undefined> {
    const filter = uniqueIdFilter(uniqueId);
    if (filter === undefined) return undefined;
    const [entry] = await this.search(1, this.allowed(filter), deadline);
    return entry;
  }

  /** The entry of a person with this DN; undefined when there is none, or none that could log in by any name. */
  async byDn({ text }: DistinguishedName, deadline: Deadline): Promise<DirectoryEntry | undefined> {
    const { baseDn, userFilter, attributes, binaryAttributes } = this.people;
    const place = { baseDn: text, scope: 'base', filter: userFilter.anyPerson, mayBeMissing: true } as const;
    const named = withoutRepeats([...attributes, ...userFilter.attributes]);
    const request = { ...place, attributes: named, binaryAttributes, maxEntries: 1 };
    const [entry] = await this.reader.search(request, deadline);
    return entry && isWithin(entry.dn, baseDn) && userFilter.hasName(entry) ? entry : undefined;
  }

  /** The names by which the owner of the entry with this DN may log in, a few at most; none as for `byDn`. */
  async namesAt(dn: DistinguishedName, deadline: Deadline): Promise<readonly string[]> {
    const entry = await this.byDn(dn, deadline);
    const names = entry ? this.people.userFilter.namesOf(entry) : [];
    return withoutRepeats(names).slice(0, mostNames);
  }

  /** The given attributes of an entry, if it still is the one with the unique id and LDAP_USER_FILTER still lets its owner in. */
  async showing(
    { dn, uniqueId }: { readonly dn: string; readonly uniqueId: string },
    { attributes, binaryAttributes }: Pick<PeopleOptions, 'attributes' | 'binaryAttributes'>,
    deadline: Deadline,
  ): Promise<DirectoryEntry | undefined> {
    const filter = uniqueIdFilter(uniqueId);
    if (filter === undefined) return undefined;
    const place = { baseDn: dn, scope: 'base', filter: this.allowed(filter), mayBeMissing: true } as const;
    const [entry] = await this.reader.search(
      { ...place, attributes, binaryAttributes, maxEntries: 1 },
      deadline,
    );
    return entry;
  }

  /** What else LDAP_USER_FILTER asks holds as well, by whatever an entry is looked for. */
  private allowed(filter: Filter): Filter {
    const { restriction } = this.people.userFilter;
    return restriction ? new AndFilter({ filters: [filter, restriction] }) : filter;
  }

  private async atMost(
    maxEntries: number,
    filter: Filter,
    deadline: Deadline,
  ): Promise<DirectoryEntry[] | 'several'> {
    try {
      return await this.search(maxEntries, filter, deadline);
    } catch (error) {
      if (isMoreThanWanted(error)) return 'several';
      throw error;
    }
  }

  private search(maxEntries: number, filter: Filter, deadline: Deadline): Promise<DirectoryEntry[]> {
    const { baseDn, attributes, binaryAttributes } = this.people;
    const request = { baseDn, scope: 'sub', filter, attributes, binaryAttributes, maxEntries } as const;
    return this.reader.search(request, deadline);
  }
}

function only(found: readonly DirectoryEntry[] | 'several'): DirectoryEntry | 'nobody' | 'several' {
  if (found === 'several' || found.length > 1) return 'several';
  return found[0] ?? 'nobody';
}

function principalNameIs(value: string): Filter {
  return new EqualityFilter({ attribute: 'userPrincipalName', value });
}

function hasPrincipalName(entry: DirectoryEntry, principalName: string): boolean {
  const wanted = principalName.toLowerCase();
  return entry.texts('userPrincipalName').some((value) => value.toLowerCase() === wanted);
}

/** Whether a search failed because there were more entries than it wanted: an answer, and no outage. */
export function isMoreThanWanted(error: unknown): boolean {
  const cause = error instanceof StrategyUnavailable ? error.cause : error;
  return cause instanceof TruncatedAnswer && cause.kind === 'more-entries';
}

/** Every entry has object classes, so this asks for nothing (RFC 4512 section 2.4). */
export const anyEntry: Filter = new PresenceFilter({ attribute: 'objectClass' });
