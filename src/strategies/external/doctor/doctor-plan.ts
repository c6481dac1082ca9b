import type { ExternalSettings } from '../../../config/external-settings';
import { type Finding, ok, type Outcome, warn } from '../../doctor-step';
import type { Identity } from '../../identity';
import { type TlsTerms, tlsTermsOf } from '../upstream/connector';

/** Which service is examined, and what the caller knows that this folder does not. */
export interface Patient {
  readonly strategy: string;
  readonly settings: ExternalSettings;
  /** A login name for the dry run. */
  readonly user?: string | undefined;
  /** What the person’s token would hold, and how large it would be: tokens are no business of this folder. */
  readonly judgeToken: (identity: Identity) => Finding;
  /** What was found of the second source; undefined without EXTERNAL_AUTH_SHADOW. */
  readonly shadow?: Finding | undefined;
}

/** What the settings say, ready for use. */
export interface Plan {
  readonly settings: ExternalSettings;
  readonly tls: TlsTerms;
}

const longestName = 100;
const mostFields = 10;

/** Reads the settings as a start would. @throws Error that names the setting */
export function planOf(settings: ExternalSettings): Outcome<Plan> {
  return { finding: judge(settings), value: { settings, tls: tlsTermsOf(settings) } };
}

function judge(settings: ExternalSettings): Finding {
  const { length } = settings.EXTERNAL_AUTH_URL;
  const detail = [
    `mode ${settings.EXTERNAL_AUTH_MODE}`,
    length === 1 ? '1 address' : `${length} addresses`,
    `logins to ${settings.EXTERNAL_AUTH_LOGIN_PATH.slice(0, longestName)} as ${bodyText(settings)}`,
    ...proofsOf(settings),
  ].join(', ');
  if (settings.EXTERNAL_AUTH_CLAIMS === 'verified') return ok(detail);
  return warn(`${detail}; claims of its JWT are believed without a signature`, 'EXTERNAL_AUTH_CLAIMS');
}

/** The names of the fields; what they hold may be a secret. */
function bodyText(settings: ExternalSettings): string {
  const format = settings.EXTERNAL_AUTH_BODY_FORMAT === 'form' ? 'a form' : 'JSON';
  const own = [settings.EXTERNAL_AUTH_USERNAME_FIELD, settings.EXTERNAL_AUTH_PASSWORD_FIELD];
  const names = [...new Set([...own, ...Object.keys(settings.EXTERNAL_AUTH_EXTRA_BODY)])];
  const shown = names.slice(0, mostFields).map((name) => name.slice(0, longestName));
  const rest = names.length > mostFields ? ` and ${names.length - mostFields} more` : '';
  return `${format} with ${shown.join(', ')}${rest}`;
}

/** How the service can tell who calls. */
function proofsOf(settings: ExternalSettings): readonly string[] {
  const { EXTERNAL_AUTH_ADDRESS_HEADER: addressHeader, EXTERNAL_AUTH_TLS_CERT_FILE: certificate } = settings;
  return [
    settings.EXTERNAL_AUTH_BEARER_TOKEN === undefined ? undefined : 'a bearer token',
    settings.EXTERNAL_AUTH_HMAC_SECRET === undefined
      ? undefined
      : `a signature in ${settings.EXTERNAL_AUTH_HMAC_HEADER}`,
    addressHeader === undefined ? undefined : `the caller’s address in ${addressHeader}`,
    certificate === undefined ? undefined : 'a client certificate',
  ].filter((proof) => proof !== undefined);
}
