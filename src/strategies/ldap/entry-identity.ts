import { canonicalUsername, type Identity } from '../identity';
import type { DirectoryEntry } from './directory-entry';
import { firstRdnValue } from './distinguished-name';
import { binaryAttributes, uniqueIdNames, uniqueIdOf } from './unique-id';

/** Bounds on what one entry can put into a session: a directory is trusted to be right, not to be small. */
const maxGroups = 1000;
const maxValuesPerAttribute = 1000;
const maxValueLength = 1024;

const furtherAttributes = ['userPrincipalName', 'title', 'manager', 'memberOf', 'employeeNumber'];
const accountStateAttributes = ['userAccountControl', 'pwdAccountLockedTime', 'nsAccountLock'];
const personAttributes = ['sAMAccountName', 'uid', 'displayName', 'cn', 'givenName', 'sn', 'mail'];

/** What a search has to ask for, so that the functions below can judge. Operational attributes come only when named. */
export const requestedAttributes: readonly string[] = [
  ...uniqueIdNames,
  ...personAttributes,
  ...furtherAttributes,
  ...accountStateAttributes,
];
export { binaryAttributes };

/** The entry shows no attribute that could be the subject: a right to read is missing. */
export class NoUniqueId extends Error {
  override readonly name = 'NoUniqueId';
}

/**
 * A person as their entry describes them. `typedName` serves as login name only where the entry has none.
 * @throws NoUniqueId when the entry cannot be told from another one for good.
 */
export function entryIdentity(entry: DirectoryEntry, strategy: string, typedName: string): Identity {
  const memberOf = bounded(entry.texts('memberOf'), maxGroups);
  return {
    subject: subjectOf(entry, strategy),
    username: canonicalUsername(loginName(entry) ?? typedName),
    displayName: shortText(entry, 'displayName') ?? shortText(entry, 'cn'),
    givenName: shortText(entry, 'givenName'),
    familyName: shortText(entry, 'sn'),
    email: shortText(entry, 'mail'),
    groups: groupNames(memberOf),
    roles: [],
    attributes: attributesOf(entry),
    strategy,
  };
}

/** What begins every subject of a strategy; what follows it is the directory's own id. */
export function subjectPrefix(strategy: string): string {
  return `${strategy}:`;
}

export function subjectOf(entry: DirectoryEntry, strategy: string): string {
  const id = uniqueIdOf(entry);
  if (id === undefined) throw new NoUniqueId(`none of ${uniqueIdNames.join(', ')} can be read`);
  return `${subjectPrefix(strategy)}${id}`;
}

/** Whether the directory itself says that this account may not be used. */
export function isBarred(entry: DirectoryEntry): boolean {
  return (
    isDisabledInActiveDirectory(entry) ||
    entry.texts('pwdAccountLockedTime').length > 0 ||
    entry.text('nsAccountLock')?.toLowerCase() === 'true'
  );
}

function isDisabledInActiveDirectory(entry: DirectoryEntry): boolean {
  const accountDisabled = 0x2; // ADS_UF_ACCOUNTDISABLE, MS-ADTS 2.2.16
  return (Number(entry.text('userAccountControl') ?? 0) & accountDisabled) !== 0;
}

function loginName(entry: DirectoryEntry): string | undefined {
  return entry.text('sAMAccountName') ?? entry.text('uid') ?? entry.text('userPrincipalName');
}

function groupNames(memberOf: readonly string[]): string[] {
  const names = memberOf.map(firstRdnValue).filter((name) => name !== undefined);
  return [...new Set(names)];
}

function attributesOf(entry: DirectoryEntry): Record<string, readonly string[]> {
  const found = furtherAttributes.map(
    (name) => [name, bounded(entry.texts(name), maxValuesPerAttribute)] as const,
  );
  return Object.fromEntries(found.filter(([, values]) => values.length > 0));
}

function shortText(entry: DirectoryEntry, attribute: string): string | undefined {
  return bounded(entry.texts(attribute), maxValuesPerAttribute).find((value) => value.trim() !== '');
}

/** A value that is too long is left out, not cut: half a DN may be the name of something else. */
function bounded(values: readonly string[], maxCount: number): readonly string[] {
  return values.filter((value) => value.length <= maxValueLength).slice(0, maxCount);
}
