/** What may stand in a cookie as it is (RFC 6265 section 4.1.1). */
const cookieOctets = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/** A refresh token as the value of a `Cookie` header: one that came in a cookie goes back unchanged. */
export function cookieValueOf(token: string): string {
  // Half a surrogate is no character and has no encoding; no service can have given such a token.
  return cookieOctets.test(token) ? token : encodeURIComponent(token.replace(/\p{Cs}/gu, '\ufffd'));
}
