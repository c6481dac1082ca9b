import { refusalReasons } from '../../strategies/credential-strategy';
import { oids } from './control-oids';
import type { LoginOutcome } from './login-outcome';
import { requestControls } from './request-controls';
import { responseControls } from './response-controls';

const dn = 'uid=jimbob,ou=People,dc=example,dc=com';
const requestOids = [
  oids.passwordPolicy,
  oids.authorizationIdentityRequest,
  oids.authorizationEntry,
  oids.accountUsable,
  oids.stateIssuesRequest,
];
const everything = requestControls(requestOids.map((oid) => ({ oid, criticality: true })));
const nothing = requestControls(undefined);

function valuesFor(outcome: LoginOutcome, requested = everything): Record<string, unknown> {
  const controls = responseControls(requested, outcome);
  expect(new Set(controls.map(({ oid }) => oid)).size).toBe(controls.length);
  expect(controls.every(({ criticality }) => !criticality)).toBe(true);
  return Object.fromEntries(controls.map(({ oid, 'value-json': value }) => [oid, value]));
}

describe('the controls of an accepted login', () => {
  it('answer what was asked for', () => {
    const entry = { dn, attributes: { uid: ['jimbob'] } };
    expect(valuesFor({ accepted: true, dn, authorizationEntry: entry })).toEqual({
      [oids.passwordPolicy]: {},
      [oids.authorizationIdentityResponse]: { 'authorization-id': `dn:${dn}` },
      [oids.authorizationEntry]: {
        'is-authenticated': true,
        'identities-match': true,
        'authentication-id': `dn:${dn}`,
        'authentication-entry': { _dn: dn, uid: ['jimbob'] },
      },
      [oids.accountUsable]: { 'account-is-usable': true },
      [oids.stateIssuesResponse]: { notices: [], warnings: [], errors: [] },
    });
    expect(valuesFor({ accepted: true, dn }, nothing)).toEqual({});
  });

  it.each([
    [432_000, true],
    [432_001, false],
    [0, true],
  ])('warn %d seconds before the password expires, unasked: %s', (secondsUntilExpiration, warns) => {
    const outcome: LoginOutcome = {
      accepted: true,
      dn,
      password: { secondsUntilExpiration, mustChange: false },
    };
    const warning = { [oids.passwordExpiring]: { 'seconds-until-expiration': secondsUntilExpiration } };
    expect(valuesFor(outcome, nothing)).toEqual(warns ? warning : {});
    expect(valuesFor(outcome)).toMatchObject({
      [oids.passwordPolicy]: { warning: { 'seconds-until-expiration': secondsUntilExpiration } },
      [oids.accountUsable]: { 'seconds-until-password-expiration': secondsUntilExpiration },
      [oids.stateIssuesResponse]: { warnings: [{ id: 2, name: 'password-expiring' }] },
    });
  });

  it('say that the password must be changed', () => {
    const values = valuesFor({ accepted: true, dn, password: { mustChange: true } });
    expect(values).toHaveProperty([oids.passwordExpired]);
    expect(values).toMatchObject({
      [oids.passwordPolicy]: { 'error-type': 'change-after-reset' },
      [oids.stateIssuesResponse]: { errors: [{ id: 11, name: 'must-change-password' }] },
    });
  });
});

describe('the controls of a refused login', () => {
  it('say nothing of the account after a wrong password', () => {
    expect(valuesFor({ accepted: false, reason: 'invalid_credentials' })).toEqual({
      [oids.passwordPolicy]: {},
      [oids.stateIssuesResponse]: {
        notices: [],
        warnings: [],
        errors: [],
        'authentication-failure-reason': { id: 9, name: 'invalid-credentials' },
      },
    });
  });

  it.each([
    ['password_expired', 'password-expired', 8, true],
    ['password_must_change', 'change-after-reset', 11, true],
    ['account_locked', 'account-locked', 5, false],
    ['account_disabled', 'account-locked', 1, false],
    ['account_expired', undefined, 3, false],
    ['logon_not_allowed', undefined, undefined, false],
  ] as const)('say of %s what the source said', (reason, errorType, id, saysExpired) => {
    const values = valuesFor({ accepted: false, reason });
    expect(values[oids.passwordPolicy]).toEqual(errorType ? { 'error-type': errorType } : {});
    expect(Object.keys(values).includes(oids.passwordExpired)).toBe(saysExpired);
    expect(values[oids.accountUsable]).toMatchObject({
      'account-is-usable': false,
      'account-is-inactive': !saysExpired,
    });
    expect(values[oids.stateIssuesResponse]).toMatchObject({
      errors: id === undefined ? [] : [{ id }],
      'authentication-failure-reason': { id: 1, name: 'account-not-usable' },
    });
  });

  it.each(refusalReasons)('name nobody after %s', (reason) => {
    expect(JSON.stringify(valuesFor({ accepted: false, reason }))).not.toContain('dn:');
  });
});
