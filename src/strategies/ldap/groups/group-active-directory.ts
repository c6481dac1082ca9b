import { EqualityFilter, ExtensibleFilter, PresenceFilter } from 'ldapts';
import type { DirectoryEntry } from '../entry/directory-entry';
import { type GroupLookup, isOfActiveDirectory } from './group-lookup';
import type { GroupOptions } from './group-options';
import { GroupSet, tooManyGroups } from './group-set';
import { TruncatedAnswer } from '../connection/truncated-answer';

/** LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS 3.1.1.3.4.4.3). */
const inChainRule = '1.2.840.113556.1.4.1941';
const anything = new PresenceFilter({ attribute: 'objectClass' });

/**
 * What Active Directory itself would put into the person's logon token: nested groups and the primary group (MS-ADTS
 * 3.1.1.4.5.19). Those below LDAP_GROUP_BASE_DN count. The attribute can be read from the entry itself only.
 */
export async function tokenGroups(
  entry: DirectoryEntry,
  lookup: GroupLookup,
  { maxGroups }: GroupOptions,
): Promise<GroupSet> {
  const sids = await lookup.bytesOf(entry.dn, anything, 'tokenGroups');
  // Everybody has a primary group, so an empty list is a missing right, or another kind of directory.
  if (sids.length === 0) {
    throw new TruncatedAnswer(
      'unreadable',
      'tokenGroups of the entry cannot be read: LDAP_GROUP_MODE=token-groups needs Active Directory and the right to read it',
    );
  }
  if (sids.length > maxGroups) throw tooManyGroups(maxGroups);
  const found = new GroupSet(maxGroups);
  const filters = sids.map((value) => new EqualityFilter({ attribute: 'objectSid', value }));
  found.add((await lookup.matching(filters)).map((group) => ({ dn: group.dn, entry: group })));
  return found;
}

/** The groups that the person is in at any depth, by Active Directory's own rule. The primary group is not among them. */
export async function chainGroups(
  entry: DirectoryEntry,
  lookup: GroupLookup,
  { maxGroups }: GroupOptions,
): Promise<GroupSet> {
  // Another directory does not know the rule and finds nothing, without an error (RFC 4511 section 4.5.1.7.7).
  if (!isOfActiveDirectory(entry)) {
    throw new TruncatedAnswer(
      'unreadable',
      'LDAP_GROUP_MODE=in-chain needs Active Directory; others have search',
    );
  }
  const filter = new ExtensibleFilter({ matchType: 'member', rule: inChainRule, value: entry.dn });
  const found = new GroupSet(maxGroups);
  found.add((await lookup.matching([filter])).map((group) => ({ dn: group.dn, entry: group })));
  return found;
}
