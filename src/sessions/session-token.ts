import { sessionIdBytes } from './refresh-token';
import type { RefreshTokenKey } from './refresh-token-key';
import { contentOf, macBytes, withMac } from './token-mac';

/** Tells these tokens from refresh tokens, which begin with 1 and are longer: one key signs both. */
const formatVersion = 2;
const contentBytes = 1 + sessionIdBytes;
const tokenBytes = contentBytes + macBytes;
/** The byte count is a multiple of three, so that there is exactly one base64url text for each token. */
const tokenForm = new RegExp(`^[A-Za-z0-9_-]{${(tokenBytes / 3) * 4}}$`);

/**
 * Writes and reads tokens that stand for a session as long as it lives, for clients that know nothing but a session cookie. The id
 * of a session is no secret, so that a token needs the MAC.
 */
export class SessionTokenCodec {
  constructor(private readonly key: RefreshTokenKey) {}

  encode(sessionId: string): string {
    const bytes = Buffer.alloc(contentBytes);
    bytes.writeUInt8(formatVersion, 0);
    bytes.write(sessionId, 1, 'base64url');
    return withMac(this.key, bytes);
  }

  /** The session's id; undefined for anything that this gateway did not write. @throws StoreUnavailable while its key is not known. */
  decode(token: string): string | undefined {
    if (!tokenForm.test(token)) return undefined;
    const content = contentOf(this.key, token);
    return content?.readUInt8(0) === formatVersion ? content.toString('base64url', 1) : undefined;
  }
}
