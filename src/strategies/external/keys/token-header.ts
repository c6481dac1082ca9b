import { headerOfJwt } from '../../../common/compact-jwt';

/** What the header of a JWS says of its signature, unverified (RFC 7515 section 4.1). */
export interface TokenHeader {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /**
   * It demands an extension that must be understood (`crit`, RFC 7515 section 4.1.11; we understand none), or another reading of its
   * payload (`b64`, which RFC 7797 section 7 keeps out of JWTs).
   */
  readonly isCritical: boolean;
  /** `typ` as the service wrote it (section 4.1.9); undefined where there is none. */
  readonly type: unknown;
}

const compactJws = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/** The header of a JWS in compact form (RFC 7515 section 7.1); undefined when the text is none. */
export function headerOf(token: string): TokenHeader | undefined {
  const header = compactJws.test(token) ? headerOfJwt(token) : undefined;
  if (!header) return undefined;
  const { alg, kid, crit, b64, typ } = header;
  if (typeof alg !== 'string') return undefined;
  const keyId = typeof kid === 'string' && kid !== '' ? kid : undefined;
  return { algorithm: alg, keyId, isCritical: crit !== undefined || b64 !== undefined, type: typ };
}

/** No published key verifies it: it is unsigned, or signed with a shared key (RFC 7518 sections 3.2 and 3.6). */
export function isUnverifiable({ algorithm }: TokenHeader): boolean {
  return /^(none|HS\d+)$/i.test(algorithm);
}
