import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { describeError, systemErrorCode } from '../../../common/system-error';
import { type Finding, ok, StepFault, warn } from '../../doctor-step';
import { chainOf, chainText, namesText, oneLine } from '../../outbound/certificates';

const dayMs = 24 * 60 * 60 * 1000;
/** An administrator needs time to get a new certificate. */
const daysToRenew = 30;

/** What is known of a certificate that is not trusted. */
export interface CertificateScene {
  /** The name that it had to have. */
  readonly host: string;
  /** What the service showed, from its own certificate upwards. */
  readonly chain: readonly X509Certificate[];
  readonly hasAuthorities: boolean;
}

/** What a verified connection is encrypted with, and for how much longer. */
export function judgeTls(socket: TLSSocket): Finding {
  const chain = chainOf(socket.getPeerCertificate(true));
  const nearest = [...chain].sort((a, b) => Date.parse(a.validTo) - Date.parse(b.validTo))[0];
  const detail = `${socket.getProtocol() ?? 'TLS'}; ${chainText(chain)}; ${validity(chain[0])}`;
  if (nearest === undefined) return ok(detail);
  const days = daysLeft(nearest);
  if (days >= daysToRenew) return ok(detail);
  return warn(`${detail}; ${oneLine(nearest.subject)} ends in ${days} days: renew it on the service`);
}

/** Why a certificate is not trusted, by the code of Node or OpenSSL, and the setting that mends it. */
export function certificateFault(code: string, scene: CertificateScene): StepFault {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return outsideItsTime(code, scene.chain);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return anotherName(code, scene);
    default:
      return unknownAuthority(code, scene);
  }
}

/** Why there is no TLS connection at all. */
export function handshakeFault(host: string, error: unknown): StepFault {
  const code = systemErrorCode(error) ?? 'no code';
  const text = `${code} ${describeError(error)}`;
  const begin = `the TLS handshake with ${host} failed (${code})`;
  if (/wrong.version.number|packet.length.too.long|unknown.protocol|http.request/i.test(text)) {
    return new StepFault(`${begin}: it speaks no TLS on that port; use http:// or another port`, address);
  }
  if (/protocol.version|unsupported.protocol|no.protocols.available|version.too.low/i.test(text)) {
    return new StepFault(`${begin}: no TLS version in common, we ask for TLS 1.2 or newer`);
  }
  if (/certificate|unknown.ca|handshake.failure/i.test(text)) {
    return new StepFault(`${begin}: it may demand a client certificate`, 'EXTERNAL_AUTH_TLS_CERT_FILE');
  }
  return new StepFault(`${begin}: it broke off; a port without TLS may do that`, address);
}

const address = 'EXTERNAL_AUTH_URL';
const authorities = 'EXTERNAL_AUTH_TLS_CA_FILE';

function outsideItsTime(code: string, chain: readonly X509Certificate[]): StepFault {
  const isExpired = code === 'CERT_HAS_EXPIRED';
  const guilty = chain.find(({ validFrom, validTo }) =>
    isExpired ? Date.parse(validTo) < nowMs() : Date.parse(validFrom) > nowMs(),
  );
  if (guilty === undefined) {
    const words = `a certificate of its chain is outside its time (${code}): ${chainText(chain)}`;
    return new StepFault(`${words}; look into ${authorities}`, authorities);
  }
  const name = oneLine(guilty.subject);
  return isExpired
    ? new StepFault(`the certificate ${name} expired on ${guilty.validTo} (${code}): renew it on the service`)
    : new StepFault(
        `the certificate ${name} is not valid before ${guilty.validFrom} (${code}): compare the clocks`,
      );
}

function anotherName(code: string, { host, chain: [certificate] }: CertificateScene): StepFault {
  const names = certificate === undefined ? 'other names' : namesText(certificate);
  const words = `its certificate is for another name (${code}): asked for ${host}, it holds ${names}`;
  return new StepFault(`${words}; write one of them in ${address}`, address);
}

function unknownAuthority(code: string, { chain, hasAuthorities }: CertificateScene): StepFault {
  const what = code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ? 'it is self-signed' : 'its authority is unknown';
  const advice = hasAuthorities
    ? `${authorities} does not hold that authority`
    : `set ${authorities} to the certificate of its authority`;
  const words = `its certificate is not trusted (${code}), ${what}: ${chainText(chain)}`;
  return new StepFault(`${words}; ${advice}`, authorities);
}

function validity(certificate: X509Certificate | undefined): string {
  if (certificate === undefined) return 'no certificate';
  const { validFrom, validTo } = certificate;
  return `from ${validFrom} to ${validTo} (${daysLeft(certificate)} days left); for ${namesText(certificate)}`;
}

function daysLeft({ validTo }: X509Certificate): number {
  return Math.floor((Date.parse(validTo) - nowMs()) / dayMs);
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
