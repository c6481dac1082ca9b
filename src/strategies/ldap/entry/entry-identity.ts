import type { LdapSettings } from '../../../config/ldap-settings';
import { canonicalUsername, type Identity } from '../../identity';
import {
  type AttributeOptions,
  attributeOptions,
  binaryAmong,
  readAttributes,
  withoutRepeats,
} from './attributes';
import type { DirectoryEntry } from './directory-entry';
import { readsMemberOf } from '../groups/group-options';
import type { Group } from '../groups/group-set';
import { uniqueIdNames, uniqueIdOf } from './unique-id';

/** A longer value is left out, not cut: half a name may be the name of somebody else. */
const longestName = 1024;

const personAttributes = [
  'sAMAccountName',
  'uid',
  'userPrincipalName',
  'displayName',
  'cn',
  'givenName',
  'sn',
  'mail',
];

/** What a search for a person has to ask for, so that the functions below can tell who it is. */
export interface IdentityAttributes {
  readonly attributes: readonly string[];
  readonly binaryAttributes: readonly string[];
}

/** Operational attributes come only when named. */
export function identityAttributes(
  settings: Pick<LdapSettings, 'LDAP_ATTRIBUTES' | 'LDAP_CLAIMS' | 'LDAP_GROUP_MODE'>,
): IdentityAttributes {
  const { names, claims } = attributeOptions(settings);
  const groups = readsMemberOf({ mode: settings.LDAP_GROUP_MODE }) ? ['memberOf'] : [];
  const own = [...uniqueIdNames, ...personAttributes];
  const attributes = withoutRepeats([...own, ...names, ...claims.values(), ...groups]);
  return { attributes, binaryAttributes: binaryAmong(attributes) };
}

/** The entry shows no attribute that could be the subject: a right to read is missing. */
export class NoUniqueId extends Error {
  override readonly name = 'NoUniqueId';
}

/** What an identity holds besides what the entry itself says of the person. */
export interface IdentityParts {
  readonly strategy: string;
  /** Serves as login name only where the entry has none. */
  readonly typedName: string;
  readonly groups: readonly Group[];
  readonly roles: readonly string[];
  readonly attributes: AttributeOptions;
}

export interface EntryIdentity {
  readonly identity: Identity;
  /** Attributes that are too large to be taken along, for the log. */
  readonly leftOut: readonly string[];
}

/**
 * A person as their entry describes them.
 * @throws NoUniqueId when the entry cannot be told from another one for good.
 */
export function entryIdentity(entry: DirectoryEntry, parts: IdentityParts): EntryIdentity {
  const { strategy, typedName, groups, roles } = parts;
  const { attributes, claims, leftOut } = readAttributes(entry, parts.attributes);
  const identity: Identity = {
    subject: subjectOf(entry, strategy),
    username: canonicalUsername(loginName(entry) ?? typedName),
    displayName: shortText(entry, 'displayName') ?? shortText(entry, 'cn'),
    givenName: shortText(entry, 'givenName'),
    familyName: shortText(entry, 'sn'),
    email: shortText(entry, 'mail'),
    groups: [...new Set(groups.map(({ name }) => name))],
    roles,
    attributes,
    ...(Object.keys(claims).length > 0 && { claims }),
    strategy,
  };
  return { identity, leftOut };
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

/** The name that the directory itself has for a login of this person. */
export function loginName(entry: DirectoryEntry): string | undefined {
  return entry.text('sAMAccountName') ?? entry.text('uid') ?? entry.text('userPrincipalName');
}

function shortText(entry: DirectoryEntry, attribute: string): string | undefined {
  return entry.texts(attribute).find((value) => value.trim() !== '' && value.length <= longestName);
}
