import type { X509Certificate } from 'node:crypto';
import { describeError, systemErrorCode } from '../../../common/system-error';
import { chainText, namesText, oneLine } from '../../outbound/certificates';

/** What is known of a handshake that failed. */
export interface TlsScene {
  /** The name that the certificate had to have. */
  readonly host: string;
  /** What the service showed, from its own certificate upwards. */
  readonly chain: readonly X509Certificate[];
  readonly hasAuthorities: boolean;
}

/** Why, in words for an operator, and the setting that mends it, where there is one. */
interface TlsFault {
  readonly words: string;
  readonly setting?: string;
}

const addressSetting = 'EXTERNAL_AUTH_URL';
const authoritiesSetting = 'EXTERNAL_AUTH_TLS_CA_FILE';
const outOfTime: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const wrongName = 'ERR_TLS_CERT_ALTNAME_INVALID';
const selfSigned = 'DEPTH_ZERO_SELF_SIGNED_CERT';
/** Nobody whom we trust has signed it. */
const noAuthority: ReadonlySet<string> = new Set([
  selfSigned,
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);
/** Node names the verification errors of OpenSSL (X509_V_ERR_…) without their prefix. */
const untrusted =
  /^(?!ERR_).*(CERT|CRL|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|_TOO_SMALL|_TOO_WEAK)/;

/** Why a TLS handshake failed, and the setting that mends it. */
export function tlsFault(error: unknown, scene: TlsScene): TlsFault {
  const code = systemErrorCode(error) ?? 'no code';
  if (outOfTime.has(code)) return outsideItsTime(code, scene);
  if (code === wrongName) return anotherName(scene);
  if (noAuthority.has(code)) return unknownAuthority(code, scene);
  if (untrusted.test(code)) return brokenCertificate(code, scene);
  return tlsAlertFault(code) ?? protocolFault(code, describeError(error));
}

/** With TLS 1.3 a service judges our certificate only after our side of the handshake is done. Undefined for any other failure. */
export function tlsAlertFault(code: string): TlsFault | undefined {
  const files = 'EXTERNAL_AUTH_TLS_CERT_FILE and EXTERNAL_AUTH_TLS_KEY_FILE';
  const setting = 'EXTERNAL_AUTH_TLS_CERT_FILE';
  if (/^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) {
    return { words: `it demands a client certificate that it trusts (${code}): see ${files}`, setting };
  }
  // TLS 1.2 has no alert for a missing certificate alone (RFC 5246 section 7.4.6).
  if (!/^ERR_SSL_.*HANDSHAKE_FAILURE/.test(code)) return undefined;
  const words = `it found nothing in common with us (${code}): no cipher, or it demands a client certificate`;
  return { words: `${words}: see ${files}`, setting };
}

function outsideItsTime(code: string, { chain }: TlsScene): TlsFault {
  const isExpired = code === 'CERT_HAS_EXPIRED';
  const nowMs = performance.timeOrigin + performance.now();
  const guilty = chain.find(({ validFrom, validTo }) =>
    isExpired ? Date.parse(validTo) < nowMs : Date.parse(validFrom) > nowMs,
  );
  if (guilty === undefined) {
    const words = `a certificate of its chain is outside its time (${code}): ${chainText(chain)}`;
    return { words: `${words}; look into ${authoritiesSetting}`, setting: authoritiesSetting };
  }
  const name = oneLine(guilty.subject);
  return isExpired
    ? { words: `the certificate ${name} expired on ${guilty.validTo} (${code}): renew it on the service` }
    : {
        words: `the certificate ${name} is not valid before ${guilty.validFrom} (${code}): compare the clocks`,
      };
}

function anotherName({ host, chain: [certificate] }: TlsScene): TlsFault {
  const names = certificate === undefined ? 'other names' : namesText(certificate);
  const words = `its certificate is for another name (${wrongName}): asked for ${host}, it holds ${names}`;
  return { words: `${words}; write one of them in ${addressSetting}`, setting: addressSetting };
}

function unknownAuthority(code: string, { chain, hasAuthorities }: TlsScene): TlsFault {
  const what = code === selfSigned ? 'it is self-signed' : 'its authority is unknown';
  const advice = hasAuthorities
    ? `${authoritiesSetting} does not hold that authority`
    : `set ${authoritiesSetting} to the certificate of its authority`;
  const words = `its certificate is not trusted (${code}), ${what}: ${chainText(chain)}; ${advice}`;
  return { words, setting: authoritiesSetting };
}

function brokenCertificate(code: string, { chain }: TlsScene): TlsFault {
  const words = `its certificate is not trusted (${code}): ${chainText(chain)}; see ${authoritiesSetting}`;
  return { words, setting: authoritiesSetting };
}

function protocolFault(code: string, text: string): TlsFault {
  const setting = addressSetting;
  const said = `${code} ${text}`;
  if (/wrong.version.number|packet.length.too.long|unknown.protocol|http.request/i.test(said)) {
    return { words: `it does not speak TLS on that port (${code}): use http:// or another port`, setting };
  }
  if (/protocol.version|unsupported.protocol|no.protocols.available|version.too.low/i.test(said)) {
    return { words: `no TLS version in common (${code}), we ask for TLS 1.2 or newer` };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { words: `it broke off the TLS handshake (${code}): a port without TLS may do that`, setting };
  }
  return { words: `the TLS handshake failed (${code})` };
}
