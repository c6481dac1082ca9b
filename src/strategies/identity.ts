/** A person as a credential source describes them. */
export interface Identity {
  /**
   * Stable and unique over all sources: the strategy's name, a colon, and the source's own id (objectGUID, entryUUID or what
   * the upstream says). Never the name that was typed, which may change or be given to somebody else.
   */
  readonly subject: string;
  /** The canonical login name. */
  readonly username: string;
  readonly displayName?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  /** Further attributes by the source's names. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** What access tokens say of the person besides, by claim. None of them is in `reservedClaims`. */
  readonly claims?: Readonly<Record<string, string | readonly string[]>>;
  /** The name of the strategy that accepted the person. */
  readonly strategy: string;
}

/** Claims that no source can set: they have a meaning in access tokens already (RFC 7519, RFC 9068, OpenID Connect Core). */
export const reservedClaims: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'sid', 'auth_time'],
  ...['preferred_username', 'name', 'given_name', 'family_name', 'email', 'email_verified'],
  ...['groups', 'roles', 'entitlements', 'scope', 'claims_omitted', 'identity_stale'],
  ...[
    'azp',
    'nonce',
    'acr',
    'amr',
    'act',
    'may_act',
    'cnf',
    'at_hash',
    'c_hash',
    'typ',
    'events',
    'token_use',
  ],
]);

/**
 * One spelling for each login name: NFKC, without blanks at the ends, in lower case. Feeds counters and comparisons, so that
 * `Bob`, `bob ` and `ＢＯＢ` are one person. A password is never treated like this.
 */
export function canonicalUsername(typed: string): string {
  const lower = typed.normalize('NFKC').trim().toLowerCase();
  // The dotted capital of Turkish, U+0130, becomes an i and a second dot over it; that one is no letter of its own.
  return lower.replace(/i\u0307/g, 'i').normalize('NFKC');
}

/** Letters that directories take for two others, and which have no decomposition in Unicode. */
const expansions: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' };

/**
 * One spelling for all names that some source may take for one and the same: without marks, as Windows finds `jürgen` by `jurgen`,
 * without characters that are not seen, and with single blanks (RFC 4518 section 2.6.1). For counting failures only: two people
 * may have the same one.
 */
export function countedName(name: string): string {
  const bare = name.normalize('NFKD').replace(/[\p{M}\p{Cf}]/gu, '');
  const spaced = canonicalUsername(bare).replace(/[\s\p{Cc}]+/gu, ' ');
  return spaced.replace(/[ßæœþ]/g, (letter) => expansions[letter] ?? letter);
}
