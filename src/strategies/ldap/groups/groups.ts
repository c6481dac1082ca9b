import type { Deadline } from '../../outbound/deadline';
import type { DirectoryEntry } from '../entry/directory-entry';
import { directGroups, groupsAbove } from './group-membership';
import { GroupLookup } from './group-lookup';
import type { GroupOptions } from './group-options';
import { chainGroups, tokenGroups } from './group-active-directory';
import { type Group, type GroupSet, tooManyGroups } from './group-set';
import type { DirectoryReader } from '../connection/search-request';
import { TruncatedAnswer } from '../connection/truncated-answer';

/** Timers count whole milliseconds and may end a little before the deadline does. */
const timerSlackMs = 2;

/**
 * All groups of a person whose entry was just read. With the mode `memberof` the entry must hold its `memberOf`.
 * @throws TruncatedAnswer, naming the setting, when there are more, deeper or slower groups than the limits allow.
 */
export async function groupsOf(
  entry: DirectoryEntry,
  reader: DirectoryReader,
  options: GroupOptions,
  deadline: Deadline,
): Promise<readonly Group[]> {
  if (options.mode === 'none') return [];
  const ownDeadline = deadline.within(options.timeoutMs);
  const isOwnNearer = deadline.remainingMs() > options.timeoutMs;
  try {
    const lookup = new GroupLookup(entry, reader, options, ownDeadline);
    return await lookup.named(await find(entry, lookup, options));
  } catch (error) {
    const isOwnTimeOver = isOwnNearer && ownDeadline.remainingMs() <= timerSlackMs;
    throw limitBehind(error, options, isOwnTimeOver) ?? error;
  }
}

async function find(entry: DirectoryEntry, lookup: GroupLookup, options: GroupOptions): Promise<GroupSet> {
  switch (options.mode) {
    case 'token-groups':
      return tokenGroups(entry, lookup, options);
    case 'in-chain':
      return chainGroups(entry, lookup, options);
    default: {
      const found = await directGroups(entry, lookup, options);
      if (options.nested) await groupsAbove(found, lookup, options);
      return found;
    }
  }
}

/** Which of our limits an error comes from: the reader reports it in words of its own and knows no settings of groups. */
function limitBehind(
  error: unknown,
  { maxGroups, timeoutMs }: GroupOptions,
  isOwnTimeOver: boolean,
): TruncatedAnswer | undefined {
  if (error instanceof TruncatedAnswer && error.kind === 'group-limit') return undefined;
  if (isOwnTimeOver) {
    const message = `finding the groups took longer than ${timeoutMs} ms (LDAP_GROUP_TIMEOUT_MS)`;
    return new TruncatedAnswer('group-limit', message, { cause: error });
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const truncated = [error, cause].find((one) => one instanceof TruncatedAnswer);
  if (truncated?.kind !== 'more-entries') return undefined;
  return tooManyGroups(maxGroups, error);
}
