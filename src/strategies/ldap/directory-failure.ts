import { describeError, systemErrorCode } from '../../common/system-error';
import type { DirectoryOptions } from './ldap-options';

/** RFC 4511 appendix A.2. A refused password is this code and no other. */
export const invalidCredentials = 49;

const longestDiagnostic = 200;

/** Result codes of RFC 4511 section 4.1.9 that an operator can do something about. */
const resultMeanings: ReadonlyMap<number, string> = new Map([
  [1, 'operationsError: Active Directory says so when a search comes without a bind'],
  [3, 'timeLimitExceeded'],
  [8, 'strongerAuthRequired: it wants TLS, use ldaps://'],
  [10, 'referral: another server holds this part of the tree'],
  [11, 'adminLimitExceeded'],
  [12, 'unavailableCriticalExtension'],
  [13, 'confidentialityRequired: it wants TLS, use ldaps://'],
  [32, 'noSuchObject: LDAP_BASE_DN does not exist, or may not be read'],
  [34, 'invalidDNSyntax'],
  [48, 'inappropriateAuthentication: no simple bind is allowed for this entry'],
  [50, 'insufficientAccessRights'],
  [51, 'busy'],
  [52, 'unavailable'],
  [53, 'unwillingToPerform'],
  [80, 'other'],
]);

const networkMeanings: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'its host name is unknown'],
  ['EAI_AGAIN', 'the name server did not answer'],
  ['EHOSTUNREACH', 'no way leads to this host'],
  ['ENETUNREACH', 'no way leads to this network'],
  ['ETIMEDOUT', 'it did not answer'],
  ['ECONNRESET', 'it broke off the connection (ldaps:// to a port without TLS does that)'],
  ['EPIPE', 'it broke off the connection'],
  ['EPROTO', 'it does not speak TLS there'],
]);

/** The result code of an LDAP answer. ldapts gives network errors a code too, but a text. */
export function resultCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** Why the directory gave no usable answer, in words for an operator. Holds no password. */
export function describeFailure(error: unknown, step: string, options: DirectoryOptions): string {
  return `${step} at ${options.url} failed: ${reason(error, options)}`;
}

function reason(error: unknown, options: DirectoryOptions): string {
  const result = resultCodeOf(error);
  if (result !== undefined) {
    return `result ${result} (${resultMeanings.get(result) ?? 'see RFC 4511'}), ${diagnostic(error)}`;
  }
  const code = systemErrorCode(error);
  if (code !== undefined) return networkReason(code, error);
  return silenceReason(describeError(error), options);
}

function networkReason(code: string, error: unknown): string {
  const known = networkMeanings.get(code);
  if (known !== undefined) return `${known} (${code})`;
  if (code.startsWith('ERR_SSL')) return `the TLS handshake failed (${code})`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name (${code}): ${diagnostic(error)}`;
  }
  if (isCertificateCode(code)) return `its certificate is not trusted (${code}), see LDAP_TLS_CA_FILE`;
  return `${diagnostic(error)} (${code})`;
}

/** Node names the verification errors of OpenSSL: `CERT_HAS_EXPIRED`, `SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_…`. */
function isCertificateCode(code: string): boolean {
  return /CERT|CRL|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH/.test(code);
}

/** ldapts gives no code to its own errors, only these texts. */
function silenceReason(message: string, options: DirectoryOptions): string {
  if (message === 'Connection timeout') {
    return `no connection within ${options.connectTimeoutMs} ms (LDAP_CONNECT_TIMEOUT_MS)`;
  }
  if (message.endsWith('Operation timed out')) {
    return `no answer within ${options.operationTimeoutMs} ms (LDAP_OPERATION_TIMEOUT_MS)`;
  }
  return message.slice(0, longestDiagnostic);
}

function diagnostic(error: unknown): string {
  return describeError(error).trim().slice(0, longestDiagnostic);
}
