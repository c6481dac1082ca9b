import { isRelay } from './check-external';
import type { Settings } from './settings';

/** RFC 7518 section 3.2: an HS256 key is at least as long as the hash. AES-256 wants as much. */
const shortestSecretBytes = 32;

export type SigningAlgorithm = NonNullable<Settings['JWT_ALGORITHM']>;

/** The algorithm that signs access tokens: as set, else HS256 where there is a secret for it, else ES256. */
export function signingAlgorithm(settings: Pick<Settings, 'JWT_ALGORITHM' | 'JWT_SECRET'>): SigningAlgorithm {
  return settings.JWT_ALGORITHM ?? (settings.JWT_SECRET === undefined ? 'ES256' : 'HS256');
}

/** What is wrong with the settings of the signing keys, one demand that is not met for each. */
export function keyFaults(settings: Settings): string[] {
  const faults: string[] = [];
  if (settings.JWT_ALGORITHM === 'HS256' && settings.JWT_SECRET === undefined) {
    faults.push('JWT_SECRET is needed by JWT_ALGORITHM=HS256');
  }
  if (settings.NODE_ENV === 'production') faults.push(...shortJwtSecret(settings));
  faults.push(...sealingFaults(settings));
  if (settings.SIGNING_KEY_LEAD_SECONDS > settings.SIGNING_KEY_MAX_AGE_SECONDS) {
    faults.push('SIGNING_KEY_LEAD_SECONDS must not be longer than SIGNING_KEY_MAX_AGE_SECONDS');
  }
  return faults;
}

/** What is no reason not to start. */
export function keyWarnings(settings: Settings): string[] {
  const algorithm = signingAlgorithm(settings);
  const warnings: string[] = [];
  if (algorithm !== 'HS256' && settings.JWT_SECRET !== undefined) {
    warnings.push(`JWT_SECRET has no effect with JWT_ALGORITHM=${algorithm}`);
  }
  if (settings.NODE_ENV !== 'production') warnings.push(...shortJwtSecret(settings));
  const keepsKeys = algorithm !== 'HS256' && !isRelay(settings);
  const isOfUse = keepsKeys || settings.COMPAT.includes('genauth');
  if (!isOfUse && settings.KEY_ENCRYPTION_KEY !== undefined) {
    warnings.push('KEY_ENCRYPTION_KEY has no effect where no signing keys are kept (HS256, relay)');
  }
  const isOpen = settings.REDIS_URL !== undefined && settings.KEY_ENCRYPTION_KEY === undefined;
  if (settings.COMPAT.includes('genauth') && algorithm === 'HS256') {
    warnings.push('COMPAT=genauth has no ID tokens with HS256, and its SDK cannot verify the access tokens');
  }
  if (keepsKeys && isOpen && settings.NODE_ENV === 'production') {
    warnings.push('KEY_ENCRYPTION_KEY is not set: whoever can read Redis can sign tokens');
  }
  return warnings;
}

/** With a previous key alone, the next writer would have nothing to seal with. */
function sealingFaults(settings: Settings): string[] {
  const { KEY_ENCRYPTION_KEY: current, KEY_ENCRYPTION_KEY_PREVIOUS: previous } = settings;
  const names = ['KEY_ENCRYPTION_KEY', 'KEY_ENCRYPTION_KEY_PREVIOUS'] as const;
  const short = names.filter((name) => isShort(settings[name]));
  const faults = short.map((name) => `${name} is shorter than ${shortestSecretBytes} bytes`);
  if (previous !== undefined && current === undefined) {
    faults.push('KEY_ENCRYPTION_KEY is needed by KEY_ENCRYPTION_KEY_PREVIOUS');
  }
  if (previous !== undefined && current === previous) {
    faults.push('KEY_ENCRYPTION_KEY_PREVIOUS is the same as KEY_ENCRYPTION_KEY');
  }
  return faults;
}

function shortJwtSecret({ JWT_SECRET: secret }: Settings): string[] {
  return isShort(secret) ? [`JWT_SECRET is shorter than ${shortestSecretBytes} bytes`] : [];
}

function isShort(secret: string | undefined): boolean {
  return secret !== undefined && Buffer.byteLength(secret) < shortestSecretBytes;
}
