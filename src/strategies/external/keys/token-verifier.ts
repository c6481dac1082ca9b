/** What a JWT of the service turned out to be. No text holds any part of it. */
export type Verification =
  | {
      readonly kind: 'verified';
      /** `typ` of its header (RFC 7515 section 4.1.9); undefined where there is none. */
      readonly type?: unknown;
      readonly claims: Readonly<Record<string, unknown>>;
      readonly expiresAtSeconds: number;
    }
  /** Forged, ended, or for somebody else. */
  | {
      readonly kind: 'refused';
      readonly fault: 'expired' | 'no_key_id' | 'invalid';
      readonly detail: string;
    }
  /** No published key could ever verify it: it is no JWT, or signed with a shared key (HS256 and its kin), or not at all. */
  | { readonly kind: 'unverifiable'; readonly detail: string };

/** Where a token comes from. */
export interface TokenOrigin {
  /** Straight from the service, in its answer to a login or a refresh: no stranger can have made it up. */
  readonly fromService: boolean;
}

/** Verifies the service's JWTs. Tests answer themselves. */
export interface VerifiesTokens {
  /** @throws UpstreamFailure when the keys cannot be read. */
  verify(token: string, origin?: TokenOrigin): Promise<Verification>;
}
