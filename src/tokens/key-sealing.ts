import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scryptSync } from 'node:crypto';

const cipher = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const purpose = 'gatehouse signing keys v1';
/** 32 MiB and about a tenth of a second, once at the start. */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const wholeKey = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * Seals texts by AES-256-GCM under KEY_ENCRYPTION_KEY. A sealed text opens only under the name that it was sealed for (it is the
 * additional authenticated data), so that nobody who can write the store can put one key in another's place.
 */
export class KeySealer {
  private readonly key: Buffer;

  /** Takes 32 bytes in base64 or base64url as they are, by HKDF; anything else is a passphrase, by scrypt. */
  constructor(keyOrPassphrase: string) {
    this.key = wholeKey.test(keyOrPassphrase)
      ? Buffer.from(hkdfSync('sha256', Buffer.from(keyOrPassphrase, 'base64'), '', purpose, keyBytes))
      : scryptSync(keyOrPassphrase, purpose, keyBytes, scryptCost);
  }

  /** @returns base64url of nonce, ciphertext and tag. */
  seal(text: string, name: string): string {
    const nonce = randomBytes(nonceBytes);
    const sealing = createCipheriv(cipher, this.key, nonce, { authTagLength: tagBytes });
    sealing.setAAD(Buffer.from(`${purpose}:${name}`));
    const sealed = [nonce, sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()];
    return Buffer.concat(sealed).toString('base64url');
  }

  /** @returns undefined for what was sealed with another key, for another name, or was changed. */
  open(sealed: string, name: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < nonceBytes + tagBytes) return undefined;
    const nonce = bytes.subarray(0, nonceBytes);
    const opening = createDecipheriv(cipher, this.key, nonce, { authTagLength: tagBytes });
    opening.setAAD(Buffer.from(`${purpose}:${name}`));
    opening.setAuthTag(bytes.subarray(-tagBytes));
    try {
      const text = opening.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([text, opening.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
