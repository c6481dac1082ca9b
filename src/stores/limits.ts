import { largestScanLimit, longestKeyBytes, longestValueBytes } from './store';

/** ASCII of a length that fits, as nearly all keys are. */
const plainKey = new RegExp(`^[\\x20-\\x7e]{1,${longestKeyBytes}}$`);

/** @throws RangeError for a key that some store could not keep; all stores refuse it alike. */
export function checkKey(key: string): void {
  if (plainKey.test(key)) return;
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > longestKeyBytes) {
    throw new RangeError(`A store key must have 1 to ${longestKeyBytes} bytes; this one has ${bytes}`);
  }
  // Two different texts with lone surrogates would become the same UTF-8 bytes, so two keys one record.
  if (!key.isWellFormed()) throw new RangeError('A store key must be well-formed Unicode');
}

/** @throws RangeError for a value or an expiry that some store could not keep. */
export function checkRecord(value: string, expiresAtMs: number): void {
  const bytes = Buffer.byteLength(value);
  if (bytes > longestValueBytes) {
    throw new RangeError(
      `A stored value must have at most ${longestValueBytes} bytes; this one has ${bytes}`,
    );
  }
  if (!value.isWellFormed()) throw new RangeError('A stored value must be well-formed Unicode');
  if (!Number.isSafeInteger(expiresAtMs) || expiresAtMs < 0) {
    throw new RangeError(`expiresAtMs must be whole milliseconds since 1970, not ${expiresAtMs}`);
  }
}

/** @throws RangeError for a window that never opens or never ends. */
export function checkWindow(windowMs: number): void {
  if (!Number.isSafeInteger(windowMs) || windowMs <= 0) {
    throw new RangeError(`windowMs must be whole milliseconds above 0, not ${windowMs}`);
  }
}

/** @throws RangeError for a prefix that no key can have, or a part of a walk that is too large or none. */
export function checkScan(prefix: string, limit: number): void {
  if (Buffer.byteLength(prefix) > longestKeyBytes || !prefix.isWellFormed()) {
    throw new RangeError(`A prefix must have at most ${longestKeyBytes} bytes and be well-formed Unicode`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > largestScanLimit) {
    throw new RangeError(`limit must be a whole number from 1 to ${largestScanLimit}, not ${limit}`);
  }
}

/** How a store tells where a walk goes on: a key, in letters that any caller can hand back. */
export function encodePlace(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/** @throws RangeError for what `encodePlace` has not given under this prefix. */
export function decodePlace(place: string, prefix: string): string {
  const key = Buffer.from(place, 'base64url').toString();
  if (key !== '' && key.startsWith(prefix) && encodePlace(key) === place) return key;
  throw new RangeError('A walk goes on only with the `next` of its part before');
}
