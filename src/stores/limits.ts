import { longestKeyBytes, longestValueBytes } from './store';

/** Two different texts with lone surrogates would become the same UTF-8 bytes, so two keys one record. */
const loneSurrogate = /\p{Surrogate}/u;

/** @throws RangeError for a key that some store could not keep; all stores refuse it alike. */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > longestKeyBytes) {
    throw new RangeError(`A store key must have 1 to ${longestKeyBytes} bytes; this one has ${bytes}`);
  }
  if (loneSurrogate.test(key)) throw new RangeError('A store key must be well-formed Unicode');
}

/** @throws RangeError for a value or an expiry that some store could not keep. */
export function checkRecord(value: string, expiresAtMs: number): void {
  const bytes = Buffer.byteLength(value);
  if (bytes > longestValueBytes) {
    throw new RangeError(
      `A stored value must have at most ${longestValueBytes} bytes; this one has ${bytes}`,
    );
  }
  if (loneSurrogate.test(value)) throw new RangeError('A stored value must be well-formed Unicode');
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
