/**
 * What can come as the value of a cookie can go back as one. RFC 6265 section 4.1.1 gives a service less to choose from, but section 5.2
 * has user agents keep all of it: quotes, commas, blanks inside and backslashes.
 */
const asItCame = /^(?! )[\x20-\x3a\x3c-\x7e]*(?<! )$/;

/** A refresh token as the value of a `Cookie` header. One that came in a cookie goes back unchanged; only others are percent-encoded. */
export function cookieValueOf(token: string): string {
  // Half a surrogate is no character and has no encoding; no service can have given such a token.
  return asItCame.test(token) ? token : encodeURIComponent(token.replace(/\p{Cs}/gu, '\ufffd'));
}
