import type { X509Certificate } from 'node:crypto';
import { describeError, systemErrorCode } from '../../../common/system-error';
import { chainText, namesText, oneLine } from '../../outbound/certificates';

/** What is known of a handshake that failed. */
export interface TlsScene {
  readonly url: string;
  /** The name that the certificate had to have. */
  readonly askedName?: string | undefined;
  /** What the server showed, from its own certificate upwards. */
  readonly chain?: readonly X509Certificate[] | undefined;
  /** Whether an authorities' file is configured. */
  readonly hasAuthorities?: boolean | undefined;
  /** Whether we have a certificate of our own to show. */
  readonly hasClientCertificate?: boolean | undefined;
  /** Whether the connection uses TLS. */
  readonly isEncrypted?: boolean | undefined;
  readonly minVersion?: string | undefined;
}

interface TlsFailureWords {
  readonly words: string;
  readonly setting?: string | undefined;
}

const longestDiagnostic = 200;

const expired = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
/** Node names the verification errors of OpenSSL (X509_V_ERR_…) without their prefix. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);
const wrongName = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** Whether an error came from TLS and not from TCP or LDAP. `ECONNRESET` is told by the step in which it happened. */
export function isTlsFailure(error: unknown): boolean {
  const code = systemErrorCode(error);
  if (code === undefined) return /ssl3?_|SSL routines|tlsv1|sslv3 alert/i.test(describeError(error));
  return (
    code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO' || isCertificateCode(code)
  );
}

/** Names the broken link of a TLS connection, and the setting that mends it. */
export function tlsFailureWords(error: unknown, scene: TlsScene): TlsFailureWords {
  const code = systemErrorCode(error) ?? '';
  if (expired.has(code)) return outsideItsTime(code, scene);
  if (untrusted.has(code)) return unknownAuthority(code, scene);
  if (code === wrongName) return anotherName(scene, error);
  if (isCertificateCode(code)) return brokenCertificate(code, scene);
  return protocolWords(`${code} ${describeError(error)}`, code, scene);
}

function isCertificateCode(code: string): boolean {
  return /^(?!ERR_).*(CERT|CRL|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|_KEY_TOO_SMALL|_MD_TOO_WEAK)/.test(
    code,
  );
}

function outsideItsTime(code: string, { chain = [] }: TlsScene): TlsFailureWords {
  const isExpired = code === 'CERT_HAS_EXPIRED';
  const now = performance.timeOrigin + performance.now();
  const guilty = chain.find(({ validFrom, validTo }) =>
    isExpired ? Date.parse(validTo) < now : Date.parse(validFrom) > now,
  );
  if (guilty === undefined) {
    const what = isExpired ? 'has expired' : 'is not valid yet';
    const words = `a certificate of its chain ${what} (${code}): ${chainText(chain)}; look into LDAP_TLS_CA_FILE`;
    return { words, setting: 'LDAP_TLS_CA_FILE' };
  }
  const subject = oneLine(guilty.subject);
  return isExpired
    ? { words: `the certificate ${subject} expired on ${guilty.validTo} (${code}): renew it on the server` }
    : {
        words: `the certificate ${subject} is not valid before ${guilty.validFrom} (${code}): compare the clocks`,
      };
}

function unknownAuthority(code: string, { chain, hasAuthorities }: TlsScene): TlsFailureWords {
  const what = code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ? 'it is self-signed' : 'its authority is unknown';
  const advice = hasAuthorities
    ? 'LDAP_TLS_CA_FILE does not hold that authority'
    : 'set LDAP_TLS_CA_FILE to the certificate of its authority';
  const words = `its certificate is not trusted (${code}), ${what}: ${chainText(chain)}; ${advice}`;
  return { words, setting: 'LDAP_TLS_CA_FILE' };
}

function anotherName(
  { askedName, chain: [certificate] = [], url }: TlsScene,
  error: unknown,
): TlsFailureWords {
  const asked = askedName ?? url;
  const names =
    certificate === undefined ? describeError(error).slice(0, longestDiagnostic) : namesText(certificate);
  return {
    words:
      `its certificate is for another name (${wrongName}): asked for ${asked}, it holds ${names}; ` +
      'write one of them in LDAP_URL, or set LDAP_TLS_SERVER_NAME to it',
    setting: 'LDAP_TLS_SERVER_NAME',
  };
}

function brokenCertificate(code: string, { chain }: TlsScene): TlsFailureWords {
  const words = `its certificate is not trusted (${code}): ${chainText(chain)}; see LDAP_TLS_CA_FILE`;
  return { words, setting: 'LDAP_TLS_CA_FILE' };
}

function protocolWords(text: string, code: string, scene: TlsScene): TlsFailureWords {
  if (/wrong.version.number|packet.length.too.long|unknown.protocol|http.request/i.test(text)) {
    return noTls(code);
  }
  if (/protocol.version|unsupported.protocol|no.protocols.available|version.too.low/i.test(text)) {
    const asked = scene.minVersion === undefined ? '' : `, we ask for ${scene.minVersion} or newer`;
    const words = `no TLS version in common (${code})${asked}: LDAP_TLS_MIN_VERSION, or the server’s own oldest version`;
    return { words, setting: 'LDAP_TLS_MIN_VERSION' };
  }
  if (/certificate.required|bad.certificate|unknown.ca|alert.*certificate/i.test(text)) {
    return clientCertificate(code, scene);
  }
  if (/handshake.failure|no.shared.cipher|insufficient.security/i.test(text)) {
    const words =
      `the server found nothing in common with us (${code}): its TLS versions or ciphers (LDAP_TLS_MIN_VERSION), ` +
      'or it demands a client certificate (LDAP_TLS_CERT_FILE)';
    return { words, setting: 'LDAP_TLS_MIN_VERSION' };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') return brokenOff(code, scene);
  return { words: `the TLS handshake failed (${code}): ${text.slice(code.length + 1, longestDiagnostic)}` };
}

function noTls(code: string): TlsFailureWords {
  const words = `it does not speak TLS there (${code}): use ldap:// with LDAP_START_TLS=true, or the ldaps port (636)`;
  return { words, setting: 'LDAP_URL' };
}

/** GnuTLS in OpenLDAP says nothing when it finds no version in common: it just hangs up. */
function brokenOff(code: string, { url, minVersion }: TlsScene): TlsFailureWords {
  const versions = `a server does that which speaks no TLS of ${minVersion ?? 'our versions'} or newer (LDAP_TLS_MIN_VERSION)`;
  const brokeOff = `it broke off the TLS handshake (${code})`;
  if (url.startsWith('ldap:')) return { words: `${brokeOff}: ${versions}`, setting: 'LDAP_TLS_MIN_VERSION' };
  const noTlsThere = 'a port without TLS does that (then use ldap:// with LDAP_START_TLS=true)';
  return { words: `${brokeOff}: ${noTlsThere}, or ${versions}`, setting: 'LDAP_URL' };
}

function clientCertificate(code: string, { hasClientCertificate }: TlsScene): TlsFailureWords {
  const words = hasClientCertificate
    ? `it does not accept our certificate (${code}): see LDAP_TLS_CERT_FILE`
    : `it demands a client certificate (${code}): set LDAP_TLS_CERT_FILE and LDAP_TLS_KEY_FILE`;
  return { words, setting: 'LDAP_TLS_CERT_FILE' };
}
