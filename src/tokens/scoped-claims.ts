import type { Identity } from '../strategies/identity';
import { personClaims, type PersonClaims } from './access-token-claims';

/**
 * What a client may know of a person (OpenID Connect Core 1.0 section 5.4; `groups` and `roles` as many providers have them).
 * @param scope what was granted; undefined for the native API, which may know everything
 */
export function scopedClaims(
  identity: Identity,
  scope: readonly string[] | undefined,
): Readonly<Record<string, unknown>> {
  return {
    ...scopedPersonClaims(identity, scope),
    ...(isIn(scope, 'groups') && { groups: identity.groups }),
    ...(isIn(scope, 'roles') && { roles: identity.roles }),
  };
}

/** The same without groups and roles. */
export function scopedPersonClaims(identity: Identity, scope: readonly string[] | undefined): PersonClaims {
  const { email, ...profile } = personClaims(identity);
  return { ...(isIn(scope, 'profile') && profile), ...(isIn(scope, 'email') && { email }) };
}

function isIn(scope: readonly string[] | undefined, name: string): boolean {
  return scope === undefined || scope.includes(name);
}
