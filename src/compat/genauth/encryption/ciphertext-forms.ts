import { longestPassword } from '../../../auth/credential-fields';

/** The size of our RSA keys, in bits (NIST SP 800-131A revision 2 table 5: the smallest that is still good). */
export const rsaModulusBits = 2048;

const mostRsaBytes = rsaModulusBits / 8;
/** Some clients leave leading zero bytes out; so many come by chance once in 2^64 texts. */
const fewestRsaBytes = mostRsaBytes - 8;
const longestRsaText = Math.ceil(mostRsaBytes / 3) * 4;
/** RFC 4648 section 4: the standard alphabet, whole groups, padded. */
const base64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const mostBytesOfCharacter = 3;
/** C1 is a point without its leading `04`, C3 an SM3 hash, C2 as long as the password. */
const c1Digits = 128;
const c3Digits = 64;
const uncompressedPoint = '04';
const sm2Prefix = 'sm2:';
const fewestDigits = c1Digits + c3Digits + 2;
const mostDigits =
  uncompressedPoint.length + c1Digits + c3Digits + 2 * mostBytesOfCharacter * longestPassword;
const hexadecimal = /^(?:[0-9a-f]{2})+$/;

/**
 * The one way to read a text that was encrypted with RSA: standard base64, of as many bytes as the modulus has, or a few less.
 * @returns an empty list when the text is none.
 */
export function rsaCiphertexts(text: string): readonly string[] {
  if (text.length > longestRsaText || !base64.test(text)) return [];
  // Texts of equal length hold up to two bytes more or less, by their padding.
  const bytes = Buffer.byteLength(text, 'base64');
  return bytes >= fewestRsaBytes && bytes <= mostRsaBytes ? [text] : [];
}

/**
 * The ways to read a text that was encrypted with SM2, as C1 C3 C2 in lower-case hexadecimal without `04`. Clients send it bare,
 * with `04`, or with `sm2:`, in either case; a bare one may begin with 04 by chance, so that there can be two ways. Only one of
 * them decrypts, as C3 is a hash over the password.
 * @returns an empty list when the text is none.
 */
export function sm2Ciphertexts(text: string): readonly string[] {
  if (text.length > sm2Prefix.length + mostDigits) return [];
  const lower = text.toLowerCase();
  const digits = lower.startsWith(sm2Prefix) ? lower.slice(sm2Prefix.length) : lower;
  if (!hexadecimal.test(digits)) return [];
  const ways = digits.startsWith(uncompressedPoint) ? [digits.slice(2), digits] : [digits];
  return ways.filter((way) => way.length >= fewestDigits);
}
