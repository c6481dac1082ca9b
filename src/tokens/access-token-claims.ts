import { isUnchanging } from '../common/unchanging';
import { type Identity, reservedClaims } from '../strategies/identity';

/** The payload of an access token: RFC 9068 section 2.2, with the OIDC names of a person's attributes. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  /** Scopes with blanks between them; absent where the client asked for nothing in particular. */
  readonly scope?: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** The session that the token belongs to. */
  readonly sid: string;
  /** When the person typed their password. */
  readonly auth_time: number;
  readonly preferred_username?: string;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly email?: string;
  readonly groups?: readonly string[];
  readonly roles?: readonly string[];
  /** The claims that were left out because they did not fit into ACCESS_TOKEN_GROUPS_MAX_BYTES. */
  readonly claims_omitted?: readonly string[];
  /** True while the credential source could not be asked again in time. */
  readonly identity_stale?: true;
}

/** The claims about a person, by their OIDC names. */
export type PersonClaims = Pick<
  AccessTokenClaims,
  'preferred_username' | 'name' | 'given_name' | 'family_name' | 'email'
>;
type MembershipClaims = Pick<AccessTokenClaims, 'groups' | 'roles' | 'claims_omitted'>;

export function personClaims(identity: Identity): PersonClaims {
  return {
    preferred_username: identity.username,
    name: identity.displayName,
    given_name: identity.givenName,
    family_name: identity.familyName,
    email: identity.email,
  };
}

/**
 * Roles first, then groups, then the claims that the source adds, as far as they fit into the budget. A claim goes in whole or
 * not at all: a shorter list would look like the truth. What is left out is named.
 */
export function membershipClaims(identity: Identity, maxBytes: number): MembershipClaims {
  const claims = new Map<string, string | readonly string[]>();
  const omitted: string[] = [];
  let left = maxBytes;
  for (const [name, value] of wantedClaims(identity)) {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes > left) omitted.push(name);
    else {
      claims.set(name, value);
      left -= bytes;
    }
  }
  return { ...Object.fromEntries(claims), ...(omitted.length > 0 && { claims_omitted: omitted }) };
}

/**
 * Remembers what `membershipClaims` says of a person for as long as the person is the same object, as that of a session is whose record
 * has not changed. Only for those of whom nothing can change: of all others nobody knows whether they still say the same.
 */
export class KnownMemberships {
  private readonly known = new WeakMap<Identity, MembershipClaims>();

  constructor(private readonly maxBytes: number) {}

  of(identity: Identity): MembershipClaims {
    const known = this.known.get(identity);
    if (known) return known;
    const claims = membershipClaims(identity, this.maxBytes);
    if (isUnchanging(identity)) this.known.set(identity, claims);
    return claims;
  }
}

function wantedClaims({ roles, groups, claims = {} }: Identity): [string, string | readonly string[]][] {
  const lists = Object.entries({ roles, groups }).filter(([, list]) => list.length > 0);
  // Checked at the start already; a session of another release may still hold one that has become ours.
  return [...lists, ...Object.entries(claims).filter(([name]) => !reservedClaims.has(name))];
}

/**
 * Narrows a verified payload. Undefined when a claim that RFC 9068 section 2.2 requires is missing or of another type: `aud` is one text,
 * since we issue no token for several audiences, and times are whole seconds, as we write them.
 */
export function parseAccessTokenClaims(payload: unknown): AccessTokenClaims | undefined {
  return isAccessTokenClaims(payload) ? payload : undefined;
}

const requiredTexts = ['iss', 'aud', 'sub', 'client_id', 'jti', 'sid'];
const requiredTimes = ['iat', 'exp', 'auth_time'];

function isAccessTokenClaims(payload: unknown): payload is AccessTokenClaims {
  if (typeof payload !== 'object' || payload === null) return false;
  const claims = new Map<string, unknown>(Object.entries(payload));
  return (
    requiredTexts.every((name) => typeof claims.get(name) === 'string') &&
    requiredTimes.every((name) => isSeconds(claims.get(name)))
  );
}

/** JSON can write numbers that are infinite here, and a token with such an end would never end. */
function isSeconds(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
