import { createHash } from 'node:crypto';
import { isJsonObject } from '../common/json-pointer';
import type { SigningAlgorithm } from '../config/check-keys';
import type { Identity } from '../strategies/identity';
import { membershipClaims } from './access-token-claims';
import { scopedPersonClaims } from './scoped-claims';

/** For whom an ID token is, and the access token that it goes with. */
export interface IdTokenRequest {
  readonly identity: Identity;
  readonly sessionId: string;
  readonly authenticatedAtSeconds: number;
  readonly grant: { readonly clientId: string; readonly scope: readonly string[] };
  readonly accessToken: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** What an ID token says of the login that it came from. */
export interface IdTokenHint {
  readonly sub: string;
  /** The client that it was issued to. */
  readonly aud: string;
  readonly sid: string;
}

/** Narrows the payload of an ID token of ours. Undefined for any other payload. */
export function idTokenHint(payload: unknown): IdTokenHint | undefined {
  if (!isJsonObject(payload)) return undefined;
  const { sub, aud, sid } = payload;
  if (typeof sub !== 'string' || typeof aud !== 'string' || typeof sid !== 'string') return undefined;
  return { sub, aud, sid };
}

/** The payload of an ID token: OpenID Connect Core 1.0 section 2, and the claims that the scope asks for (section 5.4). */
export function idTokenClaims({
  identity,
  grant,
  ...request
}: IdTokenRequest & {
  readonly issuer: string;
  readonly algorithm: SigningAlgorithm;
  /** Room for groups and roles; a list that does not fit is named in `claims_omitted`. */
  readonly maxMembershipBytes: number;
}): Readonly<Record<string, unknown>> & { readonly exp: number } {
  return {
    ...scopedPersonClaims(identity, grant.scope),
    ...membershipClaims(scopedMemberships(identity, grant.scope), request.maxMembershipBytes),
    iss: request.issuer,
    sub: identity.subject,
    aud: grant.clientId,
    iat: request.issuedAtSeconds,
    exp: request.expiresAtSeconds,
    auth_time: request.authenticatedAtSeconds,
    sid: request.sessionId,
    at_hash: accessTokenHash(request.accessToken, request.algorithm),
  };
}

/** Without the claims that the source adds: those are for resource servers. */
function scopedMemberships(identity: Identity, scope: readonly string[]): Identity {
  const groups = scope.includes('groups') ? identity.groups : [];
  const roles = scope.includes('roles') ? identity.roles : [];
  return { ...identity, groups, roles, claims: {} };
}

/** OpenID Connect Core 1.0 section 3.1.3.6: the left half of the hash that the signature uses. */
function accessTokenHash(accessToken: string, algorithm: SigningAlgorithm): string {
  const hash = createHash(`sha${algorithm.slice(-3)}`)
    .update(accessToken, 'ascii')
    .digest();
  return hash.subarray(0, hash.length / 2).toString('base64url');
}
