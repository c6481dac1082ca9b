import { describeError, systemErrorCode } from '../../../common/system-error';
import { LookupFailure } from '../../outbound/host-lookup';
import { isTlsFailure, type TlsScene, tlsFailureWords } from './tls-failure';

/** RFC 4511 appendix A.2. A refused password is this code and no other. */
export const invalidCredentials = 49;

/**
 * RFC 4511 appendix A.2: referral (the entry would be on another server), noSuchObject and invalidDNSyntax (there is no such attribute
 * type). slapd says noSuchObject also of what the searcher may not know. What servers say elsewhere of a name that cannot be one:
 * undefinedAttributeType, invalidAttributeSyntax and namingViolation.
 */
const absenceResults: readonly (number | undefined)[] = [10, 17, 21, 32, 34, 64];

/**
 * Samba's operationsError for the base of a search that it has no entry for, where the RDN is of a type with a syntax of its own, such
 * as `member`. All other ones are faults of the server or of the bind.
 */
const sambaAbsence = /acl_read: Error retrieving instanceType for base/i;

/** Whether a directory says with this error that there is no entry with the DN that it was asked for. */
export function isAbsence(error: unknown): boolean {
  const result = resultCodeOf(error);
  return absenceResults.includes(result) || (result === 1 && sambaAbsence.test(describeError(error)));
}

/** The steps that make a connection, in their order. */
export type ConnectStep = 'tcp' | 'starttls' | 'tls' | 'answer';

/** Why something failed, for an operator, and the setting that mends it, where there is one. */
export interface FailureWords {
  readonly words: string;
  readonly setting?: string | undefined;
}

/** A step took longer than it may. */
export class StepTimeout extends Error {
  override readonly name = 'StepTimeout';

  constructor(readonly waitedMs: number) {
    super('Operation timed out');
  }
}

/** Where something failed and how long it could take. */
export interface FailureScene {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number;
}

export interface ConnectScene extends TlsScene {
  readonly limits: {
    readonly connectTimeoutMs: number;
    readonly tlsTimeoutMs: number;
    readonly operationTimeoutMs: number;
  };
}

const longestDiagnostic = 200;

/** Result codes of RFC 4511 section 4.1.9 that an operator can do something about. */
const resultMeanings: ReadonlyMap<number, string> = new Map([
  [1, 'operationsError: Active Directory says so when a search comes without a bind'],
  [3, 'timeLimitExceeded'],
  [4, 'sizeLimitExceeded: the server gives no more entries than that'],
  [8, 'strongerAuthRequired: it wants TLS, use ldaps:// in LDAP_URL or LDAP_START_TLS=true'],
  [
    10,
    'referral: another server holds this part of the tree; set LDAP_BASE_DN to a part that this one holds, or ask the global ' +
      'catalog, port 3268 (ldaps: 3269)',
  ],
  [11, 'adminLimitExceeded'],
  [12, 'unavailableCriticalExtension'],
  [13, 'confidentialityRequired: it wants TLS, use ldaps:// in LDAP_URL or LDAP_START_TLS=true'],
  [32, 'noSuchObject: LDAP_BASE_DN does not exist, or may not be read'],
  [34, 'invalidDNSyntax'],
  [48, 'inappropriateAuthentication: no simple bind is allowed for this entry'],
  [50, 'insufficientAccessRights'],
  [51, 'busy'],
  [52, 'unavailable'],
  [53, 'unwillingToPerform'],
  [80, 'other'],
]);

/** The settings that mend what a result code tells of. */
const resultSettings: ReadonlyMap<number, string> = new Map([
  [1, 'LDAP_BIND_DN'],
  [8, 'LDAP_START_TLS'],
  [10, 'LDAP_BASE_DN'],
  [13, 'LDAP_START_TLS'],
  [32, 'LDAP_BASE_DN'],
  [34, 'LDAP_BASE_DN'],
  [48, 'LDAP_BIND_DN'],
  [invalidCredentials, 'LDAP_BIND_PASSWORD'],
  [50, 'LDAP_BIND_DN'],
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
export function describeFailure(error: unknown, step: string, scene: FailureScene): string {
  return `${step} at ${scene.url} failed: ${reason(error, scene)}`;
}

/** The setting to look at when an operation came to this answer. */
export function settingFor(error: unknown): string | undefined {
  const result = resultCodeOf(error);
  if (result !== undefined) return resultSettings.get(result);
  return describeError(error).endsWith('Operation timed out') ? 'LDAP_OPERATION_TIMEOUT_MS' : undefined;
}

/** Why no connection came about. */
export function connectFailureWords(step: ConnectStep, error: unknown, scene: ConnectScene): FailureWords {
  const { words, setting } = connectReason(step, error, scene);
  return { words: `${connectStepNames[step]} ${scene.url} failed: ${words}`, setting };
}

const connectStepNames: Readonly<Record<ConnectStep, string>> = {
  tcp: 'connecting to',
  starttls: 'StartTLS at',
  tls: 'the TLS handshake with',
  answer: 'the first answer of',
};

function connectReason(step: ConnectStep, error: unknown, scene: ConnectScene): FailureWords {
  if (error instanceof LookupFailure) {
    return { words: `${error.message}; see ${scene.url} in LDAP_URL`, setting: 'LDAP_URL' };
  }
  if (error instanceof StepTimeout) return timeoutWords(step, error.waitedMs, scene);
  if (step === 'tls' || isTlsFailure(error)) return tlsFailureWords(error, scene);
  if (step === 'starttls') return startTlsWords(error, scene);
  if (step === 'answer' && scene.isEncrypted) return endedAfterHandshake(error, scene);
  if (step === 'answer' && /^Connection closed|^Socket error/.test(describeError(error))) {
    return {
      words: 'it hung up at the first question: the port may speak TLS, use ldaps://',
      setting: 'LDAP_URL',
    };
  }
  const setting = step === 'tcp' ? 'LDAP_URL' : settingFor(error);
  return { words: reason(error, { ...scene.limits, url: scene.url }), setting };
}

function timeoutWords(step: ConnectStep, waitedMs: number, { limits }: ConnectScene): FailureWords {
  const [limitMs, setting] = stepLimit(step, limits);
  if (waitedMs < limitMs) {
    const left = `only ${waitedMs} ms of the login’s time were left for it`;
    return { words: `${left} (LDAP_LOGIN_TIMEOUT_MS)`, setting: 'LDAP_LOGIN_TIMEOUT_MS' };
  }
  const hint = step === 'answer' ? ': it hangs, or it is no LDAP server' : '';
  return { words: `${stepSilence[step]} within ${limitMs} ms (${setting})${hint}`, setting };
}

const stepSilence: Readonly<Record<ConnectStep, string>> = {
  tcp: 'no connection',
  starttls: 'no answer',
  tls: 'it was not done',
  answer: 'no answer',
};

function stepLimit(step: ConnectStep, limits: ConnectScene['limits']): readonly [number, string] {
  if (step === 'tcp') return [limits.connectTimeoutMs, 'LDAP_CONNECT_TIMEOUT_MS'];
  if (step === 'answer') return [limits.operationTimeoutMs, 'LDAP_OPERATION_TIMEOUT_MS'];
  return [limits.tlsTimeoutMs, 'LDAP_TLS_TIMEOUT_MS'];
}

function startTlsWords(error: unknown, scene: ConnectScene): FailureWords {
  const result = resultCodeOf(error);
  if (result === undefined) {
    return { words: reason(error, { ...scene.limits, url: scene.url }), setting: 'LDAP_URL' };
  }
  return {
    words: `it offers no StartTLS (result ${result}, ${diagnostic(error)}); use ldaps:// in LDAP_URL`,
    setting: 'LDAP_START_TLS',
  };
}

/** With TLS 1.3 a server judges our certificate only after the handshake, and some then just hang up. */
function endedAfterHandshake(error: unknown, scene: ConnectScene): FailureWords {
  if (!/^Connection closed|^Socket error/.test(describeError(error))) {
    return { words: reason(error, { ...scene.limits, url: scene.url }), setting: settingFor(error) };
  }
  return {
    words:
      'it hung up right after the TLS handshake: it may demand a client certificate (LDAP_TLS_CERT_FILE)',
    setting: 'LDAP_TLS_CERT_FILE',
  };
}

/**
 * What the log says of referrals (RFC 4511 section 4.5.3), which are never followed: they lead to servers that nobody
 * configured, with the service account’s password. Undefined when there are none.
 */
export function describeReferrals(referrals: readonly string[]): string | undefined {
  if (referrals.length === 0) return undefined;
  const bases = [...new Set(referrals.map(baseOfReferral))].slice(0, 3).join('; ');
  return (
    `the directory refers to other parts of its tree, which are not searched: ${bases.slice(0, 3 * longestDiagnostic)}. ` +
    'A narrower LDAP_BASE_DN, or the global catalog (port 3268, ldaps: 3269), avoids that'
  );
}

/** The DN in `ldap://host/DN?…` (RFC 4516), else the whole text. */
function baseOfReferral(referral: string): string {
  const [, dn] = /^ldaps?:\/\/[^/]*\/([^?]+)/i.exec(referral) ?? [];
  try {
    return decodeURIComponent(dn ?? referral);
  } catch {
    return dn ?? referral;
  }
}

function reason(error: unknown, scene: FailureScene): string {
  const result = resultCodeOf(error);
  if (result !== undefined) {
    return `result ${result} (${resultMeanings.get(result) ?? 'see RFC 4511'}), ${diagnostic(error)}`;
  }
  if (isTlsFailure(error)) return tlsFailureWords(error, scene).words;
  const code = systemErrorCode(error);
  if (code !== undefined) return networkReason(code, error);
  return silenceReason(describeError(error), scene);
}

function networkReason(code: string, error: unknown): string {
  const known = networkMeanings.get(code);
  return known === undefined ? `${diagnostic(error)} (${code})` : `${known} (${code})`;
}

/** ldapts gives no code to its own errors, only these texts. */
function silenceReason(message: string, scene: FailureScene): string {
  if (message === 'Connection timeout') {
    return `no connection within ${scene.connectTimeoutMs} ms (LDAP_CONNECT_TIMEOUT_MS)`;
  }
  if (message.endsWith('Operation timed out')) {
    return `no answer within ${scene.operationTimeoutMs} ms (LDAP_OPERATION_TIMEOUT_MS)`;
  }
  return message.slice(0, longestDiagnostic);
}

function diagnostic(error: unknown): string {
  return describeError(error).trim().slice(0, longestDiagnostic);
}
