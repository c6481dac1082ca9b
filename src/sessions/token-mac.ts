import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RefreshTokenKey } from './refresh-token-key';

/** HMAC-SHA-256 cut to half, the least that RFC 2104 section 5 advises. */
export const macBytes = 16;

/** Writes content and its MAC as one base64url text. The first byte of a content says what it is: one key signs them all. */
export function withMac(key: RefreshTokenKey, content: Buffer): string {
  return Buffer.concat([content, macOf(key, content)]).toString('base64url');
}

/**
 * The content of a text that `withMac` wrote with this key; undefined for any other, also for a second spelling of the same bytes.
 * @throws StoreUnavailable while the key is not known
 */
export function contentOf(key: RefreshTokenKey, token: string): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length <= macBytes || bytes.toString('base64url') !== token) return undefined;
  const content = bytes.subarray(0, bytes.length - macBytes);
  return timingSafeEqual(bytes.subarray(content.length), macOf(key, content)) ? content : undefined;
}

/** The MAC of any bytes. */
export function macOf(key: RefreshTokenKey, content: Buffer): Buffer {
  return createHmac('sha256', key.get()).update(content).digest().subarray(0, macBytes);
}
