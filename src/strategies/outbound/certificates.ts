import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';

/** More would be a mistake of the server, and its issuers may form a circle. */
const longestChain = 10;
const mostNames = 10;
const longestDiagnostic = 200;

/**
 * A certificate and its issuers, as far as they are known, from the server’s own upwards. (Node’s `getPeerX509Certificate` would
 * be simpler, but takes the certificate away, so that the check of its names finds none.)
 */
export function chainOf(shown: DetailedPeerCertificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = shown;
  // Node gives an empty object where there is no certificate, and its own issuer for a self-signed one.
  while (next?.raw !== undefined && chain.length < longestChain) {
    const current = new X509Certificate(next.raw);
    if (chain.some(({ fingerprint256 }) => fingerprint256 === current.fingerprint256)) break;
    chain.push(current);
    next = next.issuerCertificate;
  }
  return chain;
}

/** `subject <- issuer`, one for each certificate. */
export function chainText(chain: readonly X509Certificate[] = []): string {
  const links = chain.map(({ subject, issuer }) => `${oneLine(subject)} <- ${oneLine(issuer)}`);
  return links.length === 0 ? 'it showed no certificate' : links.join('; ');
}

/** OpenSSL gives one line for each part of a name. The server chose the text, so it is bounded. */
export function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ').slice(0, longestDiagnostic) || '(empty name)';
}

/** The names and addresses that a certificate is for. */
export function namesIn(certificate: X509Certificate): readonly string[] {
  const names = certificate.subjectAltName?.split(', ').map((name) => name.replace(/^DNS:|^IP Address:/, ''));
  // Without alternative names Node looks at the common name, as RFC 6125 section 6.4.4 still allows.
  return names ?? [...certificate.subject.matchAll(/^CN=(.*)$/gm)].map(([, name = '']) => `CN=${name}`);
}

/** All names would fill the log where a certificate holds hundreds. */
export function namesText(certificate: X509Certificate): string {
  const names = namesIn(certificate);
  const shown = names.slice(0, mostNames).map(oneLine).join(', ') || 'no name';
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown;
}
