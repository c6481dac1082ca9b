import type { RefreshTokenKey } from './refresh-token-key';
import type { ChainPosition } from './rotation';
import { contentOf, macBytes, withMac } from './token-mac';

/** What a refresh token says. It is opaque to clients and holds nothing of the person. */
export interface RefreshTokenContent extends ChainPosition {
  readonly sessionId: string;
  readonly expiresAtSeconds: number;
}

export const sessionIdBytes = 16;
const formatVersion = 1;
const contentBytes = 1 + sessionIdBytes + 4 + 4 + 4;
const tokenBytes = contentBytes + macBytes;
/** The byte count is a multiple of three, so that there is exactly one base64url text for each token. */
const tokenForm = new RegExp(`^[A-Za-z0-9_-]{${(tokenBytes / 3) * 4}}$`);

/** More than one turn of the event loop reads requests. */
const mostJustRead = 256;

/** Writes and reads refresh tokens. The MAC makes a forged one cost no look-up, and the same content the same token. */
export class RefreshTokenCodec {
  /** What was read in this turn of the event loop: one request asks up to four times, by its guards and at its end. */
  private readonly justRead = new Map<string, RefreshTokenContent>();

  constructor(private readonly key: RefreshTokenKey) {}

  encode(content: RefreshTokenContent): string {
    const bytes = Buffer.alloc(contentBytes);
    bytes.writeUInt8(formatVersion, 0);
    bytes.write(content.sessionId, 1, 'base64url');
    bytes.writeUInt32BE(content.generation, 17);
    bytes.writeUInt32BE(content.branch, 21);
    bytes.writeUInt32BE(content.expiresAtSeconds, 25);
    return withMac(this.key, bytes);
  }

  /** Undefined for anything that this gateway did not write. @throws StoreUnavailable while its key is not known. */
  decode(token: string): RefreshTokenContent | undefined {
    const known = this.justRead.get(token);
    if (known) return known;
    const content = this.read(token);
    if (content) this.remember(token, content);
    return content;
  }

  /** Not for longer: memory should hold no token that nobody is about to use. */
  private remember(token: string, content: RefreshTokenContent): void {
    if (this.justRead.size === 0) setImmediate(() => this.justRead.clear());
    if (this.justRead.size < mostJustRead) this.justRead.set(token, content);
  }

  private read(token: string): RefreshTokenContent | undefined {
    if (!tokenForm.test(token)) return undefined;
    const content = contentOf(this.key, token);
    if (content?.readUInt8(0) !== formatVersion) return undefined;
    return {
      sessionId: content.toString('base64url', 1, 1 + sessionIdBytes),
      generation: content.readUInt32BE(17),
      branch: content.readUInt32BE(21),
      expiresAtSeconds: content.readUInt32BE(25),
    };
  }
}
