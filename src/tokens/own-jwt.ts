import { claimsOfJwt, headerOfJwt, isSignedJwt, type ReadJwt } from '../common/compact-jwt';
import { GatehouseError } from '../common/gatehouse-error';

/** The header of a token that could be one of ours. */
export interface OwnHeader {
  readonly alg: string;
  /** In lower case: media types ignore it (RFC 2045 section 5.1). */
  readonly typ: string;
  /** Absent where the key is a shared secret. */
  readonly kid?: string;
}

/** A longer text is none of ours. */
export const longestTokenCharacters = 16 * 1024;
/** In base64url. Ours have some 150. */
const longestHeaderBytes = 1024;

/**
 * Reads the header of a token as far as that goes without a key. Whoever passes has a text that we could have written, by form: `alg`,
 * `typ` and `kid` are all that our headers hold. So nothing else can matter, be it a key or its address (`jwk`, `jku`, `x5c`, `x5u`),
 * another way to read the payload (`b64`, `zip`) or an extension (`crit`, RFC 7515 section 4.1.11).
 * @throws GatehouseError INVALID_TOKEN
 */
export function readOwnHeader(token: string): OwnHeader {
  // Before anything is decoded: a long text must cost no more than a short one.
  if (token.length > longestTokenCharacters) throw invalidToken('token too long');
  if (token.indexOf('.') > longestHeaderBytes) throw invalidToken('the header holds what ours never do');
  const header = headerOfJwt(token);
  if (!header) throw invalidToken(ambiguous);
  const own = ownHeader(header);
  if (!isSignedJwt(token)) throw invalidToken(ambiguous);
  return own;
}

/**
 * Reads the claims of a token whose signature holds. Not before: a stranger could make that cost many times a signature.
 * @throws GatehouseError INVALID_TOKEN
 */
export function readOwnClaims(token: string): ReadJwt['claims'] {
  const claims = claimsOfJwt(token);
  if (!claims) throw invalidToken(ambiguous);
  return claims;
}

const ambiguous = 'not a signed JWT in the one spelling that it can have';

function ownHeader({ alg, typ, kid, ...others }: ReadJwt['header']): OwnHeader {
  if (typeof alg !== 'string' || typeof typ !== 'string') throw invalidToken('alg or typ is missing');
  if (kid !== undefined && typeof kid !== 'string') throw invalidToken('kid is no text');
  if (Object.keys(others).length > 0) throw invalidToken('the header holds what ours never do');
  return { alg, typ: typ.toLowerCase(), ...(kid !== undefined && { kid }) };
}

/** @param detail for the log; repeats nothing of the token */
export function invalidToken(detail: string, cause?: unknown): GatehouseError {
  return new GatehouseError('INVALID_TOKEN', { detail, cause });
}
