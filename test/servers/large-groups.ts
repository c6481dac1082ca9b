import type { LdifEntry } from './ldif';

/** A group that real directories cut: Active Directory gives 1500 members at a time. */
export const largeGroupSize = 3000;
/** More than a search of slapd gives without paging, and more than Active Directory gives of one attribute. */
export const manyGroupsCount = 1700;

/** People by number, and a group that has all of them. For OpenLDAP, where a member need not exist. */
export function largeGroup(baseDn: string, firstMember: string): LdifEntry {
  const others = numbers(largeGroupSize - 1).map((number) => `uid=member-${number},ou=people,${baseDn}`);
  return groupOfNames('large', baseDn, [...others, firstMember]);
}

/** Groups that each have this one member. */
export function manyGroups(baseDn: string, member: string): LdifEntry[] {
  return numbers(manyGroupsCount).map((number) => groupOfNames(`many-${number}`, baseDn, [member]));
}

export function groupOfNames(cn: string, baseDn: string, member: readonly string[]): LdifEntry {
  return { dn: `cn=${cn},ou=groups,${baseDn}`, objectClass: 'groupOfNames', cn, member };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
