import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import type { Deadline } from '../../outbound/deadline';
import type { DirectoryEntry } from '../entry/directory-entry';
import { firstRdn, isWithin } from '../../../common/distinguished-name';
import type { GroupOptions } from './group-options';
import type { FoundGroup, Group, GroupSet } from './group-set';
import type { DirectoryReader } from '../connection/search-request';

/** Conditions in one search: enough to save round trips, few enough for the limits on filters that servers have. */
const batchSize = 50;

/** Reads entries of groups, many at a time, all within one deadline. */
export class GroupLookup {
  /**
   * By which attribute an entry is found by its DN: `entryDN` (RFC 5020) is what all but Active Directory have. Asking for both
   * would be wrong, because `distinguishedName` of RFC 4519 stands for `member`, too, and the like.
   */
  private readonly dnAttribute: string;

  constructor(
    person: DirectoryEntry,
    private readonly reader: DirectoryReader,
    private readonly options: GroupOptions,
    private readonly deadline: Deadline,
  ) {
    this.dnAttribute = isOfActiveDirectory(person) ? 'distinguishedName' : 'entryDN';
  }

  /** The groups below LDAP_GROUP_BASE_DN that match one of the filters; with `memberOf` where asked for. */
  async matching(filters: readonly Filter[], further: readonly string[] = []): Promise<DirectoryEntry[]> {
    const found: DirectoryEntry[] = [];
    for (let start = 0; start < filters.length; start += batchSize) {
      const batch = filters.slice(start, start + batchSize);
      const [only] = batch;
      const filter = only && batch.length === 1 ? only : new OrFilter({ filters: batch });
      found.push(...(await this.search(filter, further)));
    }
    return found;
  }

  /** The entries of groups whose DNs are known. A group outside LDAP_GROUP_BASE_DN, or one that may not be read, has none. */
  byDn(groups: readonly FoundGroup[], further: readonly string[] = []): Promise<DirectoryEntry[]> {
    const attribute = this.dnAttribute;
    const within = groups.filter(({ dn }) => isWithin(dn, this.options.baseDn));
    return this.matching(
      within.map(({ dn: value }) => new EqualityFilter({ attribute, value })),
      further,
    );
  }

  /** One entry itself, with these attributes as bytes. */
  async bytesOf(dn: string, filter: Filter, attribute: string): Promise<readonly Buffer[]> {
    const [entry] = await this.reader.search(
      {
        baseDn: dn,
        scope: 'base',
        filter,
        attributes: [attribute],
        binaryAttributes: [attribute],
        maxEntries: 1,
      },
      this.deadline,
    );
    return entry?.allBytes(attribute) ?? [];
  }

  /** The groups with their names; reads the entries where DNs do not hold them. */
  async named(found: GroupSet): Promise<Group[]> {
    const named = found.all().map((group) => ({ group, name: this.nameOf(group) }));
    const unnamed = named.filter(({ group, name }) => group.entry === undefined && name === undefined);
    for (const entry of await this.byDn(unnamed.map(({ group }) => group))) found.learn(entry);
    const all =
      unnamed.length === 0 ? named : found.all().map((group) => ({ group, name: this.nameOf(group) }));
    // A group whose name may not be read still is one of the person's groups.
    return all.map(({ group: { dn }, name }) => ({ dn, name: name ?? dn }));
  }

  private nameOf({ dn, entry }: FoundGroup): string | undefined {
    const { nameAttribute } = this.options;
    if (nameAttribute.toLowerCase() === 'dn') return dn;
    const rdn = firstRdn(dn);
    return rdn?.type.toLowerCase() === nameAttribute.toLowerCase() ? rdn.value : entry?.text(nameAttribute);
  }

  private search(filter: Filter, further: readonly string[]): Promise<DirectoryEntry[]> {
    const { baseDn, nameAttribute, maxGroups } = this.options;
    const names = nameAttribute.toLowerCase() === 'dn' ? [] : [nameAttribute];
    const attributes = [...names, ...further];
    return this.reader.search(
      { baseDn, scope: 'sub', filter, attributes, maxEntries: maxGroups },
      this.deadline,
    );
  }
}

export function isOfActiveDirectory(entry: DirectoryEntry): boolean {
  return entry.bytes('objectGUID') !== undefined;
}
