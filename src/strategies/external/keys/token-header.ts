import { isJsonObject } from '../../../common/json-pointer';

/** What the header of a JWS says of its signature, unverified (RFC 7515 section 4.1). */
export interface TokenHeader {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  /** It demands extensions that must be understood (`crit`, RFC 7515 section 4.1.11). We understand none. */
  readonly isCritical: boolean;
}

const compactJws = /^([\w-]+)\.[\w-]*\.[\w-]*$/;

/** The header of a JWS in compact form (RFC 7515 section 7.1); undefined when the text is none. */
export function headerOf(token: string): TokenHeader | undefined {
  const header = jsonOf(compactJws.exec(token)?.[1] ?? '');
  if (!isJsonObject(header)) return undefined;
  const { alg, kid, crit } = header;
  if (typeof alg !== 'string') return undefined;
  const keyId = typeof kid === 'string' && kid !== '' ? kid : undefined;
  return { algorithm: alg, keyId, isCritical: crit !== undefined };
}

/** No published key verifies it: it is unsigned, or signed with a shared key (RFC 7518 sections 3.2 and 3.6). */
export function isUnverifiable({ algorithm }: TokenHeader): boolean {
  return /^(none|HS\d+)$/i.test(algorithm);
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
