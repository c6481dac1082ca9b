import { DirectoryEntry } from './directory-entry';
import { completedNotice } from './password-expiry';

const nowMs = Date.parse('2020-01-01T00:00:00Z') - 90_500;
const expiry = 'msDS-UserPasswordExpiryTimeComputed';
const calm = { mustChange: false };

function completed(attributes: Record<string, string>, notice = calm) {
  return completedNotice(notice, new DirectoryEntry('CN=alice', attributes), nowMs);
}

describe('completedNotice', () => {
  it('gives the whole seconds until the password expires', () => {
    expect(completed({ [expiry]: '132223104000000000' })).toEqual({ ...calm, secondsUntilExpiration: 90 });
  });

  it('gives zero for a password that has expired', () => {
    expect(completed({ [expiry]: '116444736000000000' })).toEqual({ ...calm, secondsUntilExpiration: 0 });
  });

  it.each(['0', '9223372036854775807', ''])('tells nothing of the time %j', (time) => {
    expect(completed({ [expiry]: time })).toEqual(calm);
  });

  it('knows from pwdLastSet that the password must be changed, unless it never expires', () => {
    expect(completed({ pwdLastSet: '0', [expiry]: '0' })).toEqual({ mustChange: true });
    expect(completed({ pwdLastSet: '0', userAccountControl: '66048' })).toEqual(calm);
    expect(completed({ pwdLastSet: '132223104000000000' })).toEqual(calm);
  });

  it('lets stand what the bind has said', () => {
    const notice = { mustChange: true, secondsUntilExpiration: 5, graceLoginsLeft: 1 };
    expect(completed({ pwdLastSet: '1', [expiry]: '132223104000000000' }, notice)).toEqual(notice);
  });
});
