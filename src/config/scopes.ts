/** Lets the token of a client list and end the person's sessions at `/api/auth/sessions`. */
export const sessionsScope = 'gatehouse:sessions';
/** Lets the token of a client, whose bearer has ADMIN_ROLE, see and end the sessions of others. */
export const adminScope = 'gatehouse:admin';

/** They open what is the gateway's own, so no client has them whose entry in OAUTH_CLIENTS does not name them. */
const scopesToBeNamed: readonly string[] = [sessionsScope, adminScope];

/** What the native API is granted where it asks for a scope as a client. */
export const nativeScopes = [
  ...['openid', 'profile', 'email', 'groups', 'roles', 'offline_access'],
  sessionsScope,
];

/** The scopes that mean something to us. Others may be granted too: resource servers may know them. */
export const knownScopes = [...nativeScopes, adminScope];

/** Whether a client may have a scope. @param allowed what its entry names; undefined where it names nothing in particular */
export function mayHaveScope(allowed: readonly string[] | undefined, token: string): boolean {
  return allowed ? allowed.includes(token) : !scopesToBeNamed.includes(token);
}
