import type { RefusalReason } from '../../strategies/credential-strategy';
import { accountUsable, saysOfAccount, stateIssues } from './account-controls';
import { oids } from './control-oids';
import type { JsonControl, JsonObject } from './json-control';
import type { LoginOutcome } from './login-outcome';
import type { AuthorizationEntryRequest, RequestControls } from './request-controls';

/**
 * Sooner than this an expiry is worth a control that nobody asked for: five days, the default of PingDirectory's setting
 * password-expiration-warning-interval.
 */
const expiryWarningSeconds = 5 * 24 * 60 * 60;

/**
 * The `_controls` of an answer: what was asked for, and the two of draft-vchu-ldap-pwd-policy, which come unasked. They say nothing of
 * an account that the code of the answer does not say.
 */
export function responseControls(requested: RequestControls, outcome: LoginOutcome): readonly JsonControl[] {
  const controls = [
    requested.passwordPolicy && control(oids.passwordPolicy, passwordPolicy(outcome)),
    saysExpired(outcome) && control(oids.passwordExpired),
    ...expiring(outcome),
    requested.authorizationIdentity && outcome.accepted && authorizationIdentity(outcome.dn),
    requested.authorizationEntry &&
      outcome.accepted &&
      authorizationEntry(requested.authorizationEntry, outcome),
    requested.accountUsable && saysOfAccount(outcome) && control(oids.accountUsable, accountUsable(outcome)),
    requested.stateIssues && control(oids.stateIssuesResponse, stateIssues(outcome)),
  ];
  return controls.filter((one) => typeof one === 'object');
}

function control(oid: string, value?: JsonObject): JsonControl {
  return { oid, criticality: false, ...(value && { 'value-json': value }) };
}

/** draft-behera-ldap-password-policy section 6.2. */
function passwordPolicy(outcome: LoginOutcome): JsonObject {
  if (!outcome.accepted) {
    const error = policyErrors[outcome.reason];
    return error === undefined ? {} : { 'error-type': error };
  }
  const { secondsUntilExpiration: seconds, mustChange = false } = outcome.password ?? {};
  return {
    ...(seconds !== undefined && { warning: { 'seconds-until-expiration': seconds } }),
    ...(mustChange && { 'error-type': 'change-after-reset' }),
  };
}

const policyErrors: Readonly<Partial<Record<RefusalReason, string>>> = {
  password_expired: 'password-expired',
  account_locked: 'account-locked',
  // The draft has one word for accounts that an administrator has barred.
  account_disabled: 'account-locked',
  password_must_change: 'change-after-reset',
};

function saysExpired(outcome: LoginOutcome): boolean {
  if (outcome.accepted) return outcome.password?.mustChange ?? false;
  return outcome.reason === 'password_expired' || outcome.reason === 'password_must_change';
}

function expiring(outcome: LoginOutcome): JsonControl[] {
  const seconds = outcome.accepted ? outcome.password?.secondsUntilExpiration : undefined;
  if (seconds === undefined || seconds > expiryWarningSeconds || saysExpired(outcome)) return [];
  return [control(oids.passwordExpiring, { 'seconds-until-expiration': seconds })];
}

/** RFC 3829 section 3, in the `dn:` form of RFC 4513 section 5.2.1.8. */
function authorizationIdentity(dn: string): JsonControl {
  return control(oids.authorizationIdentityResponse, { 'authorization-id': `dn:${dn}` });
}

/** Both identities are the same here, and then the API gives the authentication's entry alone. */
function authorizationEntry(
  requested: AuthorizationEntryRequest,
  { dn, authorizationEntry: entry }: Extract<LoginOutcome, { accepted: true }>,
): JsonControl {
  const isWanted = requested.includesAuthenticationEntry || requested.includesAuthorizationEntry;
  return control(oids.authorizationEntry, {
    'is-authenticated': true,
    'identities-match': true,
    'authentication-id': `dn:${dn}`,
    ...(isWanted && entry && { 'authentication-entry': { _dn: entry.dn, ...entry.attributes } }),
  });
}
