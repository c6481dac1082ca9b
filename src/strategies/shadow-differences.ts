import type { FoundPerson } from './credential-strategy';
import type { Identity } from './identity';

/** In what the second source differs from the first. */
export type Difference = 'missing' | 'barred' | 'email' | 'roles';

/** What only one of the two sources says, bounded for the log. */
export interface RolesApart {
  readonly onlyInFirst: readonly string[];
  readonly onlyInSecond: readonly string[];
}

const mostRoles = 20;
const longestRole = 100;

/** Mail addresses are compared without regard to case, roles as sets. Somebody who is missing differs in nothing else. */
export function differencesOf(first: Identity, found: FoundPerson | undefined): readonly Difference[] {
  if (found === undefined) return ['missing'];
  const { identity: second, isBarred } = found;
  const differences: Difference[] = isBarred ? ['barred'] : [];
  if (comparableMail(first) !== comparableMail(second)) differences.push('email');
  if (roleDifference(first, second).size + roleDifference(second, first).size > 0) differences.push('roles');
  return differences;
}

/** The roles of each that the other does not have: at most 20, each of at most 100 characters. */
export function rolesApart(first: Identity, second: Identity): RolesApart {
  return {
    onlyInFirst: bounded(roleDifference(first, second)),
    onlyInSecond: bounded(roleDifference(second, first)),
  };
}

function comparableMail({ email }: Identity): string {
  return email?.trim().normalize('NFC').toLowerCase() ?? '';
}

function roleDifference(one: Identity, other: Identity): ReadonlySet<string> {
  const others = new Set(other.roles);
  return new Set(one.roles.filter((role) => !others.has(role)));
}

function bounded(roles: ReadonlySet<string>): readonly string[] {
  return [...roles].slice(0, mostRoles).map((role) => role.slice(0, longestRole));
}
