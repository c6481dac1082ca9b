import type { Bearer } from '../../auth/access-check';
import { kindOfStrategy } from '../../config/strategy-settings';
import type { Session } from '../../sessions/session';
import type { Identity } from '../../strategies/identity';
import { scopedClaims } from '../../tokens/scoped-claims';

/** What a request for a profile wants besides. */
export interface ProfileWishes {
  readonly withCustomData: boolean;
  readonly withIdentities: boolean;
  readonly withDepartmentIds: boolean;
}

type View = Readonly<Record<string, unknown>>;

/**
 * A person as GenAuth shows one (its `UserDto`), as far as the token's scope lets its application know: names and custom data by
 * `profile`, the address by `email`. Members that no source knows have the value that claims the least.
 */
export function viewOfUser({ identity, session, scope }: Bearer, wishes: ProfileWishes): View {
  const { preferred_username: username, ...known } = scopedClaims(identity, scope);
  const hasProfile = scope === undefined || scope.includes('profile');
  return {
    userId: identity.subject,
    externalId: identity.subject.slice(identity.strategy.length + 1),
    username,
    preferredUsername: username,
    name: known['name'],
    givenName: known['given_name'],
    familyName: known['family_name'],
    email: known['email'],
    ...unknownMembers,
    ...(session && loginMembers(session)),
    ...(wishes.withCustomData && { customData: hasProfile ? (identity.claims ?? {}) : {} }),
    ...(wishes.withIdentities && { identities: identitiesOf(identity) }),
    ...(wishes.withDepartmentIds && { departmentIds: [] }),
  };
}

/** A role as GenAuth shows one (its `RoleDto`). */
export function viewOfRole(role: string): View {
  return {
    ...{ id: role, code: role, name: role, description: '' },
    ...{ namespace: defaultNamespace, namespaceName: defaultNamespace, status: 'ENABLE' },
  };
}

/** A group as GenAuth shows one (its `GroupDto`). Who else is in it is not told. */
export function viewOfGroup(group: string): View {
  return {
    ...{ id: group, code: group, name: group, description: '' },
    ...{ type: 'static', metadataSource: [], members: [] },
  };
}

/** Roles have no namespaces here; they all are in the one that GenAuth has without being asked. */
export const defaultNamespace = 'default';

/** Who is logged in is active; everything else is not known here. */
const unknownMembers = {
  ...{ status: 'Activated', workStatus: 'Active', gender: 'U' },
  ...{ emailVerified: false, phoneVerified: false, userSourceType: 'syncTask' },
};

/** The times are those of the session: sources do not tell when an account was made. */
function loginMembers({ createdAtMs, identityReadAtMs, client, grant }: Session): View {
  return {
    createdAt: isoTime(createdAtMs),
    updatedAt: isoTime(identityReadAtMs),
    lastLogin: isoTime(createdAtMs),
    lastIp: client.address,
    browser: client.userAgent,
    ...(grant && { lastLoginApp: grant.clientId }),
  };
}

/** Only directories are a kind of source that GenAuth has a name for. */
function identitiesOf({ strategy, subject }: Identity): readonly View[] {
  if (kindOfStrategy(strategy) !== 'ldap') return [];
  const userIdInIdp = subject.slice(strategy.length + 1);
  const source = { extIdpId: strategy, provider: 'ldap', type: 'primary', originConnIds: [strategy] };
  return [{ identityId: subject, ...source, userIdInIdp, userInfoInIdp: {} }];
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
