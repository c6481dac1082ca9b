import type { Identity } from '../strategies/identity';
import { personClaims } from './access-token-claims';

/** The scopes that mean something to us. Others may be granted too: resource servers may know them. */
export const knownScopes = ['openid', 'profile', 'email', 'groups', 'roles', 'offline_access'] as const;

/**
 * What a client may know of a person (OpenID Connect Core 1.0 section 5.4; `groups` and `roles` as many providers have them).
 * @param scope what was granted; undefined for the native API, which may know everything
 */
export function scopedClaims(
  identity: Identity,
  scope: readonly string[] | undefined,
): Readonly<Record<string, unknown>> {
  const has = (name: string): boolean => scope === undefined || scope.includes(name);
  const { email, ...profile } = personClaims(identity);
  return {
    ...(has('profile') && profile),
    ...(has('email') && { email }),
    ...(has('groups') && { groups: identity.groups }),
    ...(has('roles') && { roles: identity.roles }),
  };
}
