import { oids } from './control-oids';
import { requestControls } from './request-controls';
import { RequestRefused } from './request-refused';

const none = {
  passwordPolicy: false,
  authorizationIdentity: false,
  accountUsable: false,
  stateIssues: false,
};

function resultOf(...controls: object[]): string {
  try {
    requestControls(controls);
    return 'success';
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    return `${error.resultCode.value} ${error.resultCode.name}`;
  }
}

describe('requestControls', () => {
  it('knows what is asked for, critical or not', () => {
    const asked = (oid: string) => requestControls([{ oid, criticality: true }]);
    expect(requestControls(undefined)).toEqual(none);
    expect(asked(oids.passwordPolicy)).toEqual({ ...none, passwordPolicy: true });
    expect(asked(oids.authorizationIdentityRequest)).toEqual({ ...none, authorizationIdentity: true });
    expect(asked(oids.accountUsable)).toEqual({ ...none, accountUsable: true });
    expect(asked(oids.stateIssuesRequest)).toEqual({ ...none, stateIssues: true });
  });

  it('ignores an unknown control, and refuses it where the client cannot do without', () => {
    // Permit unindexed search: known elsewhere, of no use for a login.
    const unknown = '1.3.6.1.4.1.30221.2.5.55';
    expect(requestControls([{ oid: unknown, criticality: false, 'value-base64': 'AQI=' }])).toEqual(none);
    expect(resultOf({ oid: unknown, criticality: true })).toBe('12 unavailableCriticalExtension');
    // Response controls are no request controls.
    expect(resultOf({ oid: oids.passwordExpired, criticality: true })).toBe(
      '12 unavailableCriticalExtension',
    );
  });

  it('refuses a value where there is none', () => {
    const control = { oid: oids.passwordPolicy, criticality: false, 'value-json': { a: 1 } };
    expect(resultOf(control)).toBe('2 protocolError');
  });

  it('reads what to show of the entry', () => {
    const control = { oid: oids.authorizationEntry, criticality: true };
    expect(requestControls([control]).authorizationEntry).toEqual({
      includesAuthenticationEntry: true,
      includesAuthorizationEntry: true,
      attributes: ['*'],
    });
    const value = {
      'include-authentication-entry': true,
      'include-authorization-entry': false,
      attributes: ['uid', '+'],
    };
    expect(requestControls([{ ...control, 'value-json': value }]).authorizationEntry).toEqual({
      includesAuthenticationEntry: true,
      includesAuthorizationEntry: false,
      attributes: ['uid', '+'],
    });
    for (const wrong of [
      { 'include-authentication-entry': 'yes' },
      { attributes: 'uid' },
      { attributes: [1] },
      { attributes: ['x'.repeat(257)] },
      { attributes: Array.from({ length: 201 }, String) },
    ]) {
      expect(resultOf({ ...control, 'value-json': wrong })).toBe('2 protocolError');
    }
    expect(resultOf({ ...control, 'value-base64': 'MAA=' })).toBe('12 unavailableCriticalExtension');
    const optional = { ...control, criticality: false, 'value-base64': 'MAA=' };
    expect(requestControls([optional])).toEqual(none);
  });
});
