import { dnKey, folded } from '../../../common/distinguished-name';
import type { Group } from './group-set';

/** Which roles a group gives, by its name and by its DN. */
export type RoleMapping = ReadonlyMap<string, readonly string[]>;

/** @throws Error that names LDAP_ROLES when it is no mapping of groups to roles. */
export function roleMapping(settings: {
  readonly LDAP_ROLES: Readonly<Record<string, unknown>>;
}): RoleMapping {
  const mapping = new Map<string, readonly string[]>();
  for (const [group, given] of Object.entries(settings.LDAP_ROLES)) {
    const roles = rolesIn(given);
    if (roles === undefined || group.trim() === '') {
      throw new Error(
        `LDAP_ROLES must give each group a role or a list of roles, as texts (see ${JSON.stringify(group)})`,
      );
    }
    for (const key of new Set([folded(group), dnKey(group)])) {
      mapping.set(key, [...(mapping.get(key) ?? []), ...roles]);
    }
  }
  return mapping;
}

/**
 * The roles that the groups give, each once. A name counts wherever in the directory the group lies; where others may create
 * groups, the mapping should name DNs.
 */
export function rolesOf(groups: readonly Group[], mapping: RoleMapping): readonly string[] {
  if (mapping.size === 0) return [];
  const keys = groups.flatMap(({ name, dn }) => [folded(name), dnKey(dn)]);
  return [...new Set(keys.flatMap((key) => mapping.get(key) ?? []))];
}

function rolesIn(given: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const roles = list.filter((role) => typeof role === 'string').filter((role) => role.trim() !== '');
  return list.length > 0 && roles.length === list.length ? roles : undefined;
}
