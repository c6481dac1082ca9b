/** Claims of an access token that the client reads (RFC 7519, RFC 9068). */
export interface Claims {
  readonly exp?: unknown;
  readonly iat?: unknown;
  readonly sub?: string;
  readonly sid?: string;
}

/** Read, not verified: that is for those who let somebody in by the token. Empty for a token that is no JWT. */
export function claimsOf(token: string): Claims {
  try {
    const text = token.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(atob(text.replace(/-/g, '+').replace(/_/g, '/')));
    return claims instanceof Object ? claims : {};
  } catch {
    return {};
  }
}

/** Whose a token is. */
export interface TokenOwner {
  /**
   * The session: its `sid`, or its `sub` where another service has issued it without one (relay mode). Empty when neither tells.
   */
  readonly session: string;
  /** The person. */
  readonly sub: string | undefined;
}

export function ownerOf(token: string): TokenOwner {
  const { sid, sub } = claimsOf(token);
  return { session: sid ?? sub ?? '', sub };
}
