import type { Filter } from 'ldapts';
import type { DirectoryEntry } from '../entry/directory-entry';
import { isWithin } from '../../../common/distinguished-name';
import { loginName } from '../entry/entry-identity';
import type { GroupLookup } from './group-lookup';
import type { GroupOptions } from './group-options';
import { type FoundGroup, GroupSet } from './group-set';
import { TruncatedAnswer } from '../connection/truncated-answer';

const memberOf = 'memberOf';

/** The groups that name the person themselves. */
export async function directGroups(
  entry: DirectoryEntry,
  lookup: GroupLookup,
  options: GroupOptions,
): Promise<GroupSet> {
  const found = new GroupSet(options.maxGroups);
  if (options.mode === 'memberof') found.add(namedIn(entry));
  else found.add((await lookup.matching([ownFilter(entry, options)])).map(foundWith));
  return found;
}

/**
 * Adds the groups that those groups are in, and so on, level by level. Every group is looked at once, so a circle ends by
 * itself.
 * @throws TruncatedAnswer when there is a level below LDAP_GROUP_MAX_DEPTH: cut off, the list would look like the truth.
 */
export async function groupsAbove(
  found: GroupSet,
  lookup: GroupLookup,
  options: GroupOptions,
): Promise<void> {
  let level = found.all();
  for (let depth = 1; level.length > 0; depth += 1) {
    level = found.add(await parentsOf(level, found, lookup, options));
    if (level.length > 0 && depth >= options.maxDepth) {
      const message = `the groups are nested deeper than ${options.maxDepth} levels (LDAP_GROUP_MAX_DEPTH)`;
      throw new TruncatedAnswer('group-limit', message);
    }
  }
}

async function parentsOf(
  level: readonly FoundGroup[],
  found: GroupSet,
  lookup: GroupLookup,
  options: GroupOptions,
): Promise<FoundGroup[]> {
  if (options.mode !== 'memberof') {
    // A group has no login name: an empty one matches no value.
    const filters = level.map(({ dn }) => options.filter.fill({ dn, username: '' }));
    return (await lookup.matching(filters)).map(foundWith);
  }
  refuseGuessedBase(level, options);
  const entries = await lookup.byDn(level, [memberOf]);
  for (const entry of entries) found.learn(entry);
  return entries.flatMap(namedIn);
}

/** A base for people that does not hold the groups would end the nesting where nobody meant it to. */
function refuseGuessedBase(level: readonly FoundGroup[], { baseDn, isBaseChosen }: GroupOptions): void {
  const outside = isBaseChosen ? undefined : level.find(({ dn }) => !isWithin(dn, baseDn));
  if (outside === undefined) return;
  const message = `the group ${outside.dn} is not below ${baseDn}, so its own groups are not found: set LDAP_GROUP_BASE_DN`;
  throw new TruncatedAnswer('unreadable', message);
}

/** Without a login name of its own the entry gets none: a wrong one would give it somebody else's groups. */
function ownFilter(entry: DirectoryEntry, { filter }: GroupOptions): Filter {
  return filter.fill({ dn: entry.dn, username: loginName(entry) ?? '' });
}

function namedIn(entry: DirectoryEntry): FoundGroup[] {
  return entry.texts(memberOf).map((dn) => ({ dn }));
}

function foundWith(entry: DirectoryEntry): FoundGroup {
  return { dn: entry.dn, entry };
}
