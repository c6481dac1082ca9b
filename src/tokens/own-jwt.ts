import { type ReadJwt, readCompactJwt } from '../common/compact-jwt';
import { GatehouseError } from '../common/gatehouse-error';

/** The header of a token that could be one of ours. */
export interface OwnHeader {
  readonly alg: string;
  /** In lower case: media types ignore it (RFC 2045 section 5.1). */
  readonly typ: string;
  /** Absent where the key is a shared secret. */
  readonly kid?: string;
}

export interface OwnJwt {
  readonly header: OwnHeader;
  readonly claims: ReadJwt['claims'];
}

const longestTokenBytes = 16 * 1024;

/**
 * Reads a token as far as that goes without a key. Whoever passes has a text that we could have written, by form: `alg`, `typ` and
 * `kid` are all that our headers hold. So nothing else can matter, be it a key or its address (`jwk`, `jku`, `x5c`, `x5u`), another
 * way to read the payload (`b64`, `zip`) or an extension (`crit`, RFC 7515 section 4.1.11).
 * @throws GatehouseError INVALID_TOKEN
 */
export function readOwnJwt(token: string): OwnJwt {
  // Before anything is decoded: a long text must cost no more than a short one.
  if (token.length > longestTokenBytes) throw invalidToken('token too long');
  const jwt = readCompactJwt(token);
  if (!jwt) throw invalidToken('not a signed JWT in the one spelling that it can have');
  return { header: ownHeader(jwt.header), claims: jwt.claims };
}

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
