import type { DirectoryEntry } from '../entry/directory-entry';
import { dnKey } from '../../../common/distinguished-name';
import { TruncatedAnswer } from '../connection/truncated-answer';

/** A group that a person is in. */
export interface Group {
  readonly dn: string;
  /** As LDAP_GROUP_NAME_ATTRIBUTE has it; the DN where that may not be read. */
  readonly name: string;
}

/** A group that was found: by its DN alone, or with its entry. */
export interface FoundGroup {
  readonly dn: string;
  readonly entry?: DirectoryEntry;
}

/** Groups, each once, whatever way its DN is spelled; never more than the limit. */
export class GroupSet {
  private readonly groups = new Map<string, FoundGroup>();

  constructor(private readonly maxGroups: number) {}

  /**
   * Takes the groups in and gives back those that were not there before.
   * @throws TruncatedAnswer when they become too many.
   */
  add(found: readonly FoundGroup[]): FoundGroup[] {
    const fresh: FoundGroup[] = [];
    for (const group of found) {
      const key = dnKey(group.dn);
      if (this.groups.has(key)) continue;
      this.groups.set(key, group);
      fresh.push(group);
    }
    if (this.groups.size > this.maxGroups) throw tooManyGroups(this.maxGroups);
    return fresh;
  }

  /** Keeps the entry of a group that was known by its DN only. */
  learn(entry: DirectoryEntry): void {
    const key = dnKey(entry.dn);
    if (this.groups.has(key)) this.groups.set(key, { dn: entry.dn, entry });
  }

  all(): FoundGroup[] {
    return [...this.groups.values()];
  }
}

export function tooManyGroups(maxGroups: number, cause?: unknown): TruncatedAnswer {
  return new TruncatedAnswer('group-limit', `the person has more than ${maxGroups} groups (LDAP_GROUP_MAX)`, {
    cause,
  });
}
