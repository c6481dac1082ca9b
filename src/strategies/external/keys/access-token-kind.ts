import type { Verification } from './token-verifier';

/** Claims that other kinds of tokens have: OpenID Connect Core 1.0 section 2 and 3.3.2.11, Back-Channel Logout 1.0 section 2.4. */
const foreignClaims = ['events', 'nonce', 'at_hash', 'c_hash'];

/** Header types, in lower case, of access tokens (RFC 9068 section 2.1) and of any JWT (RFC 7519 section 5.1). */
const headerTypes = ['jwt', 'at+jwt', 'application/at+jwt'];

/** What services write into `token_type`, and into a claim `typ`, in lower case. */
const tokenTypes = ['access', 'bearer'];
const claimTypes = ['bearer'];

/**
 * Why a verified JWT is no access token (RFC 8725 section 3.12): the same key may sign refresh, ID and logout tokens. Undefined where
 * nothing speaks against it; old services name no kind at all. Repeats nothing of the token.
 */
export function whyNoAccessToken({
  type,
  claims,
}: Pick<Extract<Verification, { kind: 'verified' }>, 'type' | 'claims'>): string | undefined {
  const foreign = foreignClaims.find((name) => Object.hasOwn(claims, name));
  if (foreign !== undefined) return fault(`it has the claim \`${foreign}\`, which access tokens have not`);
  if (isOther(type, headerTypes)) return fault('the `typ` of its header names another kind of token');
  if (isOther(claims['token_type'], tokenTypes)) return fault('its `token_type` names another kind of token');
  return isOther(claims['typ'], claimTypes)
    ? fault('its claim `typ` names another kind of token')
    : undefined;
}

function isOther(named: unknown, allowed: readonly string[]): boolean {
  if (named === undefined) return false;
  return typeof named !== 'string' || !allowed.includes(named.toLowerCase());
}

function fault(words: string): string {
  return `${words} (EXTERNAL_AUTH_TOKEN_TYPES)`;
}
