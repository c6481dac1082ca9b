import type { DistinguishedName } from '../../common/distinguished-name';
import type { DirectoryEntry } from './entry/directory-entry';
import { loginName } from './entry/entry-identity';
import type { UserFilter } from './entry/user-filter';

/**
 * The login name that a DN itself tells: its first RDN has one attribute, and that is one of those which hold login names.
 * Undefined otherwise, as for `CN=Alice,…` where people log in by sAMAccountName.
 */
export function accountIn(
  { name }: DistinguishedName,
  nameAttributes: readonly string[],
): string | undefined {
  return name && nameAttributes.some((attribute) => attribute.toLowerCase() === name.type)
    ? name.value
    : undefined;
}

/** The name by which the owner of an entry, who was named by its DN, would have logged in. */
export function accountAt(
  entry: DirectoryEntry,
  { name, text }: DistinguishedName,
  { nameAttributes }: UserFilter,
): string {
  const named = nameAttributes.map((attribute) => entry.text(attribute)).find((value) => value !== undefined);
  return loginName(entry) ?? named ?? name?.value ?? text;
}
