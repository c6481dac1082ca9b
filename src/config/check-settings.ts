import { cookieFaults } from './browser-settings';
import { auditFaults } from './audit-settings';
import { clientFaults } from './client-settings';
import { djangoFaults, djangoWarnings } from './check-django';
import { externalFaults, externalPlaintextFault, externalWarnings, isRelay } from './check-external';
import { genAuthFaults } from './genauth-settings';
import { keyFaults, keyWarnings } from './check-keys';
import { pageWarnings } from './check-pages';
import { storeFaults, storePlaintextFault, storeWarnings } from './check-store';
import { issuerAddress } from './issuer';
import { ldapSettings, type LdapSettings, ldapVariable } from './ldap-settings';
import { telemetryFaults } from './telemetry-settings';
import { lockoutWarnings } from './lockout-settings';
import { allSettings, type Settings } from './settings';

interface Findings {
  readonly faults: string[];
  readonly warnings: string[];
}

const placeholder =
  /change.?me|placeholder|replace.?me|\byour\b.*(secret|password|key)|^(secret|password|example|test)+$|^(.)\3+$/i;

/** What can only be judged with several settings in view. Names variables, never values. */
export function checkTogether(settings: Settings): Findings {
  const findings: Findings = { faults: [], warnings: [] };
  checkStrategies(settings, findings);
  findings.faults.push(...keyFaults(settings));
  findings.warnings.push(...keyWarnings(settings));
  checkSessions(settings, findings);
  checkIssuer(settings, findings);
  findings.faults.push(...cookieFaults(settings));
  findings.faults.push(...auditFaults(settings));
  findings.faults.push(...telemetryFaults(settings));
  findings.faults.push(...clientFaults(settings));
  findings.faults.push(...genAuthFaults(settings));
  findings.faults.push(...storeFaults(settings));
  findings.warnings.push(...storeWarnings(settings));
  findings.faults.push(...djangoFaults(settings));
  findings.warnings.push(...djangoWarnings(settings));
  findings.warnings.push(...lockoutWarnings(settings));
  findings.warnings.push(...pageWarnings(settings));
  if (settings.NODE_ENV === 'production') checkProduction(settings, findings);
  return findings;
}

function checkStrategies(settings: Settings, { faults, warnings }: Findings): void {
  const chosen = settings.STRATEGIES;
  if (new Set(chosen).size !== chosen.length) faults.push('STRATEGIES names the same strategy twice');
  if (settings.WORKERS !== 1 && chosen.length === 0) {
    faults.push('WORKERS needs STRATEGIES: each worker would make a demo user of its own');
  }
  faults.push(...externalFaults(settings));
  warnings.push(...externalWarnings(settings));
  for (const [name, directory] of Object.entries(settings.ldapDirectories)) {
    const user = chosen.includes(name) ? `STRATEGIES=${name}` : `EXTERNAL_AUTH_SHADOW=${name}`;
    checkDirectory({ name, user }, directory, faults);
  }
  const others = [settings.EXTERNAL_AUTH_URL[0], settings.LDAP_URL[0], settings.USERS_FILE];
  if (chosen.length === 0 && others.some((value) => value !== undefined)) {
    warnings.push('STRATEGIES is empty, so the settings of other credential sources have no effect');
  }
}

/** Names the variables of this directory: LDAP_URL for `ldap`, LDAP_PARTNERS_URL for `ldap.partners`. */
function checkDirectory(
  { name: strategy, user }: { readonly name: string; readonly user: string },
  directory: LdapSettings,
  faults: string[],
): void {
  const own = ownFaults(user, directory);
  const variables = new RegExp(`\\b(?:${Object.keys(ldapSettings).join('|')})\\b`, 'g');
  faults.push(...own.map((fault) => fault.replace(variables, (name) => ldapVariable(strategy, name))));
  const taken = Object.keys(ldapSettings).filter((name) => ldapVariable(strategy, name) in allSettings);
  if (strategy !== 'ldap' && taken.length > 0) {
    faults.push(
      `STRATEGIES or EXTERNAL_AUTH_SHADOW names ${strategy}, whose settings would be mixed up with others; choose another name`,
    );
  }
}

function ownFaults(user: string, directory: LdapSettings): string[] {
  const { LDAP_BIND_MODE: mode, LDAP_USER_DN_TEMPLATE: template } = directory;
  const hasBase = directory.LDAP_BASE_DN ?? directory.LDAP_DOMAIN ?? template;
  const demands: [boolean, string][] = [
    [directory.LDAP_URL.length > 0, `LDAP_URL is needed by ${user}`],
    [hasBase !== undefined, `LDAP_BASE_DN is needed by ${user} (or LDAP_DOMAIN, from which it is derived)`],
    [mode !== 'upn' || directory.LDAP_DOMAIN !== undefined, 'LDAP_DOMAIN is needed by LDAP_BIND_MODE=upn'],
    [
      mode !== 'template' || template !== undefined,
      'LDAP_USER_DN_TEMPLATE is needed by LDAP_BIND_MODE=template',
    ],
    [template?.includes('{username}') ?? true, 'LDAP_USER_DN_TEMPLATE must hold {username}'],
    [
      directory.LDAP_BIND_DN === undefined || directory.LDAP_BIND_PASSWORD !== undefined,
      'LDAP_BIND_PASSWORD is needed by LDAP_BIND_DN',
    ],
    [directory.LDAP_USER_FILTER.includes('{username}'), 'LDAP_USER_FILTER must hold {username}'],
  ];
  return demands.filter(([isMet]) => !isMet).map(([, fault]) => fault);
}

function checkSessions(settings: Settings, { warnings }: Findings): void {
  if (settings.REFRESH_TOKEN_TTL_SECONDS < settings.ACCESS_TOKEN_TTL_SECONDS) {
    warnings.push('REFRESH_TOKEN_TTL_SECONDS is shorter than ACCESS_TOKEN_TTL_SECONDS');
  }
  if (settings.REFRESH_ABSOLUTE_TTL_SECONDS < settings.REFRESH_TOKEN_TTL_SECONDS) {
    warnings.push('REFRESH_ABSOLUTE_TTL_SECONDS is shorter than REFRESH_TOKEN_TTL_SECONDS');
  }
}

/** In relay mode it names the source, which says itself where it is. */
function checkIssuer(settings: Settings, { warnings }: Findings): void {
  if (isRelay(settings) || issuerAddress(settings)) return;
  warnings.push('JWT_ISSUER is no http or https URL, so clients cannot discover the gateway (docs/api.md)');
}

function checkProduction(settings: Settings, { faults, warnings }: Findings): void {
  if (settings.STRATEGIES.length === 0) {
    faults.push('STRATEGIES is empty, which starts demo users; NODE_ENV=production does not allow that');
  }
  if (settings.COOKIE_SECURE === false && !settings.COOKIE_SECURE_OVERRIDE) {
    faults.push(
      'COOKIE_SECURE=false is not allowed with NODE_ENV=production unless COOKIE_SECURE_OVERRIDE=true',
    );
  }
  if (settings.COOKIE_SECURE === false && settings.COOKIE_SECURE_OVERRIDE) {
    warnings.push('COOKIE_SECURE_OVERRIDE is set: refresh tokens cross the network readable');
  }
  for (const plaintext of [externalPlaintextFault(settings), storePlaintextFault(settings)]) {
    if (plaintext !== undefined) faults.push(plaintext);
  }
  for (const [name, value] of secretsOf(settings)) {
    if (value !== undefined && placeholder.test(value)) faults.push(`${name} is a placeholder`);
  }
  for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE'] as const) {
    if (settings[name] === undefined) warnings.push(`${name} is not set; tokens carry its default`);
  }
}

function secretsOf(settings: Settings): [string, string | undefined][] {
  const directories = Object.entries(settings.ldapDirectories).map(
    ([name, directory]): [string, string | undefined] => [
      ldapVariable(name, 'LDAP_BIND_PASSWORD'),
      directory.LDAP_BIND_PASSWORD,
    ],
  );
  return [
    ['JWT_SECRET', settings.JWT_SECRET],
    ['AUDIT_NAMES_KEY', settings.AUDIT_NAMES_KEY],
    ['KEY_ENCRYPTION_KEY', settings.KEY_ENCRYPTION_KEY],
    ['METRICS_TOKEN', settings.METRICS_TOKEN],
    ['EXTERNAL_AUTH_BEARER_TOKEN', settings.EXTERNAL_AUTH_BEARER_TOKEN],
    ['EXTERNAL_AUTH_HMAC_SECRET', settings.EXTERNAL_AUTH_HMAC_SECRET],
    ['REDIS_URL', settings.REDIS_URL?.password],
    ['REDIS_SENTINEL_PASSWORD', settings.REDIS_SENTINEL_PASSWORD],
    ...directories,
  ];
}
