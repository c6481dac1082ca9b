import { isJsonScalar } from '../common/json-pointer';
import { isLoopback } from '../common/loopback';
import type { Settings } from './settings';
import { kindOfStrategy } from './strategy-settings';

/** What is wrong with the settings of the external authentication service, one demand that is not met for each. */
export function externalFaults(settings: Settings): string[] {
  const demands = [
    ...addressDemands(settings),
    ...requestDemands(settings),
    ...relayDemands(settings),
    ...shadowDemands(settings),
  ];
  return demands.filter(([isMet]) => !isMet).map(([, fault]) => fault);
}

/** What is no reason not to start. */
export function externalWarnings(settings: Settings): string[] {
  const warnings: [boolean, string][] = [
    [
      settings.EXTERNAL_AUTH_CLAIMS === 'trusted',
      'EXTERNAL_AUTH_CLAIMS=trusted: claims of the service’s JWT are believed without a look at its signature',
    ],
    [
      isRelay(settings) && settings.EXTERNAL_AUTH_PROFILE_PATH !== undefined,
      'EXTERNAL_AUTH_PROFILE_PATH has no effect with EXTERNAL_AUTH_MODE=relay: the service itself refreshes',
    ],
    [
      isRelay(settings) &&
        (settings.EXTERNAL_AUTH_JWT_ISSUER ?? settings.EXTERNAL_AUTH_JWT_AUDIENCE) !== undefined,
      'EXTERNAL_AUTH_JWT_ISSUER and EXTERNAL_AUTH_JWT_AUDIENCE have no effect with EXTERNAL_AUTH_MODE=relay: ' +
        'JWT_ISSUER and JWT_AUDIENCE count',
    ],
    [
      settings.EXTERNAL_AUTH_SUCCESS === undefined && settings.EXTERNAL_AUTH_SUCCESS_VALUE !== true,
      'EXTERNAL_AUTH_SUCCESS_VALUE has no effect without EXTERNAL_AUTH_SUCCESS',
    ],
    [
      settings.EXTERNAL_AUTH_HMAC_SECRET !== undefined &&
        Buffer.byteLength(settings.EXTERNAL_AUTH_HMAC_SECRET) < shortestHmacBytes,
      `EXTERNAL_AUTH_HMAC_SECRET is shorter than ${shortestHmacBytes} bytes`,
    ],
    [
      Object.keys(settings.EXTERNAL_AUTH_EXTRA_BODY).some(
        (name) =>
          name === settings.EXTERNAL_AUTH_USERNAME_FIELD || name === settings.EXTERNAL_AUTH_PASSWORD_FIELD,
      ),
      'EXTERNAL_AUTH_EXTRA_BODY names the field of the login name or of the password, which it cannot replace',
    ],
    [
      settings.EXTERNAL_AUTH_URL.length > 0 &&
        settings.EXTERNAL_AUTH_URL.every(({ protocol }) => protocol === 'http:') &&
        (settings.EXTERNAL_AUTH_TLS_CA_FILE ?? settings.EXTERNAL_AUTH_TLS_CERT_FILE) !== undefined,
      'EXTERNAL_AUTH_TLS_CA_FILE and EXTERNAL_AUTH_TLS_CERT_FILE have no effect with http:// in EXTERNAL_AUTH_URL',
    ],
  ];
  return warnings.filter(([isDue]) => isDue).map(([, warning]) => warning);
}

/** Whether passwords would leave this machine readable. */
export function externalPlaintextFault(settings: Settings): string | undefined {
  const isPlain = settings.EXTERNAL_AUTH_URL.some(
    ({ protocol, hostname }) => protocol === 'http:' && !isLoopback(hostname),
  );
  if (!isPlain || settings.EXTERNAL_AUTH_ALLOW_PLAINTEXT) return undefined;
  return (
    'EXTERNAL_AUTH_URL is http:// to another host, which is not allowed with NODE_ENV=production ' +
    'unless EXTERNAL_AUTH_ALLOW_PLAINTEXT=true'
  );
}

type Demand = [isMet: boolean, fault: string];

const pathSettings = [
  'EXTERNAL_AUTH_LOGIN_PATH',
  'EXTERNAL_AUTH_REFRESH_PATH',
  'EXTERNAL_AUTH_REVOKE_PATH',
  'EXTERNAL_AUTH_JWKS_PATH',
  'EXTERNAL_AUTH_PROFILE_PATH',
] as const;
/** RFC 2104 section 3: a key shorter than the hash weakens it; a word is no key at all. */
const shortestHmacBytes = 16;

function addressDemands({ STRATEGIES, EXTERNAL_AUTH_URL: addresses, ...settings }: Settings): Demand[] {
  const origins = addresses.map(({ origin, pathname }) => `${origin}${pathname.replace(/\/+$/, '')}`);
  const profile = settings.EXTERNAL_AUTH_PROFILE_PATH;
  return [
    [
      addresses.every(({ username, password, search, hash }) => !(username || password || search || hash)),
      'EXTERNAL_AUTH_URL must be an address and a path only, without a user, a query or a fragment',
    ],
    [new Set(origins).size === origins.length, 'EXTERNAL_AUTH_URL names the same address twice'],
    [
      !STRATEGIES.includes('external') || addresses.length > 0,
      'EXTERNAL_AUTH_URL is needed by STRATEGIES=external',
    ],
    [
      profile === undefined || /\{(subject|username)\}/.test(profile),
      'EXTERNAL_AUTH_PROFILE_PATH must hold {subject} or {username}',
    ],
    [
      profile === undefined || profile.includes('{subject}') || settings.EXTERNAL_AUTH_SUBJECT !== undefined,
      'EXTERNAL_AUTH_SUBJECT is needed by EXTERNAL_AUTH_PROFILE_PATH with {username}: names may be given to somebody else',
    ],
    ...pathSettings.map((name): Demand => [
      /^[\x21-\x7e]*$/.test(settings[name] ?? '') && !settings[name]?.includes('#'),
      `${name} must be a path without blanks, other letters than ASCII and a fragment`,
    ]),
  ];
}

function requestDemands(settings: Settings): Demand[] {
  const extra = Object.entries(settings.EXTERNAL_AUTH_EXTRA_BODY);
  const cookieName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
  const isForm = settings.EXTERNAL_AUTH_BODY_FORMAT === 'form';
  return [
    [
      !isForm || extra.every(([, value]) => isJsonScalar(value)),
      'EXTERNAL_AUTH_EXTRA_BODY must hold no lists or objects with EXTERNAL_AUTH_BODY_FORMAT=form',
    ],
    [
      settings.EXTERNAL_AUTH_USERNAME_FIELD !== settings.EXTERNAL_AUTH_PASSWORD_FIELD,
      'EXTERNAL_AUTH_PASSWORD_FIELD is the same as EXTERNAL_AUTH_USERNAME_FIELD',
    ],
    [
      cookieName.test(settings.EXTERNAL_AUTH_REFRESH_COOKIE),
      'EXTERNAL_AUTH_REFRESH_COOKIE must be a cookie name',
    ],
  ];
}

/**
 * Without the issuer and the audience, a token that the service gave to another application would open this one. A login sees the
 * whole answer, a protected route only the claims: both must find the same person.
 */
function relayDemands(settings: Settings): Demand[] {
  if (!isRelay(settings)) return [];
  const needs = 'is needed by EXTERNAL_AUTH_MODE=relay';
  return [
    [settings.STRATEGIES.length === 1, 'STRATEGIES must be external alone with EXTERNAL_AUTH_MODE=relay'],
    [
      settings.COMPAT.length === 0,
      'COMPAT must be empty with EXTERNAL_AUTH_MODE=relay: the dialects need sessions of our own',
    ],
    [settings.JWT_ISSUER !== undefined, `JWT_ISSUER ${needs}: the issuer of the service’s tokens`],
    [settings.JWT_AUDIENCE !== undefined, `JWT_AUDIENCE ${needs}: the audience of the service’s tokens`],
    [
      settings.EXTERNAL_AUTH_CLAIMS === 'verified',
      'EXTERNAL_AUTH_CLAIMS must be verified with EXTERNAL_AUTH_MODE=relay: protected routes live by the signature',
    ],
    ...Object.entries({
      EXTERNAL_AUTH_SUBJECT: settings.EXTERNAL_AUTH_SUBJECT && [settings.EXTERNAL_AUTH_SUBJECT],
      EXTERNAL_AUTH_ROLES: settings.EXTERNAL_AUTH_ROLES,
    }).map(([name, places]): Demand => [
      places?.every(([first]) => first === 'claims') ?? true,
      `${name} must point into /claims with EXTERNAL_AUTH_MODE=relay: protected routes see nothing else of a person`,
    ]),
  ];
}

function shadowDemands({ EXTERNAL_AUTH_SHADOW: shadow, STRATEGIES }: Settings): Demand[] {
  if (shadow === undefined) return [];
  const kind = kindOfStrategy(shadow);
  return [
    [kind === 'file' || kind === 'ldap', 'EXTERNAL_AUTH_SHADOW must be file, ldap or ldap.NAME'],
    [STRATEGIES.includes('external'), 'EXTERNAL_AUTH_SHADOW needs external in STRATEGIES'],
  ];
}

/** Whether the service issues the tokens that clients get, so that ours are of no use. */
export function isRelay({
  STRATEGIES,
  EXTERNAL_AUTH_MODE,
}: Pick<Settings, 'STRATEGIES' | 'EXTERNAL_AUTH_MODE'>): boolean {
  return STRATEGIES.includes('external') && EXTERNAL_AUTH_MODE === 'relay';
}
