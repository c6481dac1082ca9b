import { dnKey } from '../../../common/distinguished-name';
import type { DirectoryEntry } from '../entry/directory-entry';
import { subjectPrefix } from '../entry/entry-identity';
import { uniqueIdOf } from '../entry/unique-id';

/** What names an account: its entry, where it was found before the bind, else only what the bind names. */
export interface NamedAccount {
  /** A DN or a user principal name. */
  readonly bindName: string;
  readonly entry?: DirectoryEntry | undefined;
}

/** The same for all names of one account: the subject, where the entry is known. */
export function accountKey(strategy: string, { bindName, entry }: NamedAccount): string {
  const prefix = subjectPrefix(strategy);
  const id = entry && uniqueIdOf(entry);
  if (id !== undefined) return `${prefix}${id}`;
  // Such an entry gets nobody in, but its password could be tried.
  if (entry) return `${prefix}dn:${looselyFolded(dnKey(entry.dn))}`;
  return bindName.includes('=')
    ? `${prefix}dn:${looselyFolded(dnKey(bindName))}`
    : `${prefix}upn:${looselyFolded(bindName)}`;
}

/**
 * At least as coarse as a directory that compares names: Windows takes `jurgen` for `jürgen`, `strasse` for `straße`, and passes over
 * characters that nobody sees. Two people whose names differ in nothing else share what this counts.
 */
function looselyFolded(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\s+/g, '');
}
