import type { LockoutPolicy } from './lockout-policy';
import { choiceNote } from './policy-choice';

const policy = (source: string, failures: number | undefined): LockoutPolicy => ({
  ...{ source, failures },
  ...{ windowSeconds: 60, lockedSeconds: undefined, maxAgeSeconds: undefined },
});
const lenient = policy('cn=a,dc=x', undefined);
const strict = policy('cn=b,dc=x', 3);
const fault = 'LDAP_LOCKOUT_POLICY_DN names no password policy that may be read';

describe('choiceNote', () => {
  it.each([
    ['no policy is shown', []],
    ['there is one', [strict]],
    ['all lock alike', [strict, policy('cn=c,dc=x', 3)]],
    ['none locks', [lenient, policy('cn=c,dc=x', 0)]],
  ])('has nothing to say where %s', (_, policies) => {
    expect(choiceNote(policies, {})).toBeUndefined();
  });

  it('names the strictest of several and the setting', () => {
    expect(choiceNote([lenient, strict], {})).toMatch(/cn=b,dc=x is the strictest .*LDAP_LOCKOUT_POLICY_DN/);
  });

  it('knows the named policy by its DN however it is written', () => {
    expect(choiceNote([strict], { defaultPolicyDn: 'CN=B, DC=X' })).toBeUndefined();
  });

  it.each([
    ['nothing is shown', [], fault],
    ['another one is shown', [strict], fault],
    ['others are shown', [lenient, strict], `${fault}; cn=b,dc=x is the strictest and counts for everybody`],
  ])('says that the named policy was not read where %s', (_, policies, text) => {
    expect(choiceNote(policies, { defaultPolicyDn: 'cn=gone,dc=x' })).toMatch(new RegExp(`^${text}`));
  });
});
