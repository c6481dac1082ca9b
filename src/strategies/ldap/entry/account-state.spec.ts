import { accountState, accountStateAttributes } from './account-state';
import { DirectoryEntry } from './directory-entry';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const past = '132223104000000000'; // 2020
const future = '159983424000000000'; // 2107

function stateOf(attributes: Record<string, string>) {
  return accountState(new DirectoryEntry('uid=alice', attributes), nowMs);
}

const open = { barred: false, lockedByGuesses: false };

describe('accountState', () => {
  it('finds nothing against an account of which it knows nothing', () => {
    expect(stateOf({})).toEqual(open);
    expect(stateOf({ userAccountControl: '', accountExpires: 'x', pwdEndTime: 'x' })).toEqual(open);
  });

  it.each([
    [{ userAccountControl: '514' }, 'disabled'],
    [{ userAccountControl: '66050', accountExpires: past }, 'disabled'],
    [{ nsAccountLock: 'TRUE' }, 'disabled'],
    [{ accountExpires: past }, 'expired'],
    [{ pwdEndTime: '20200101000000Z' }, 'expired'],
    [{ pwdEndTime: '20260101000000Z' }, 'expired'],
    [{ krbPrincipalExpiration: '20200101000000Z' }, 'expired'],
    [{ pwdStartTime: '20270101000000Z' }, 'not yet valid'],
    [{ pwdAccountLockedTime: '000001010000Z' }, 'locked by an administrator'],
    [{ pwdAccountLockedTime: '00000101000000Z' }, 'locked by an administrator'],
  ])('bars %j', (attributes, why) => {
    expect(stateOf(attributes)).toEqual({ barred: true, why });
  });

  it.each<Record<string, string>>([
    { userAccountControl: '512' },
    { nsAccountLock: 'FALSE' },
    { accountExpires: '0' },
    { accountExpires: '9223372036854775807' },
    { accountExpires: future },
    { pwdEndTime: '20270101000000Z' },
    { pwdStartTime: '20200101000000Z' },
    { lockoutTime: '0' },
    // The lock is over though its time still stands there.
    { lockoutTime: past, 'msDS-User-Account-Control-Computed': '0' },
    // UF_PASSWORD_EXPIRED: a password that has grown old ends no session.
    { userAccountControl: '512', 'msDS-User-Account-Control-Computed': '8388608' },
  ])('has nothing against %j', (attributes) => {
    expect(stateOf(attributes)).toEqual(open);
  });

  it.each<Record<string, string>>([
    { pwdAccountLockedTime: '20251231235959Z' },
    { lockoutTime: past },
    { lockoutTime: past, 'msDS-User-Account-Control-Computed': '16' },
  ])('sees a lock by guesses and lets the session live: %j', (attributes) => {
    expect(stateOf(attributes)).toEqual({ barred: false, lockedByGuesses: true });
  });

  it('asks for all that it looks at', () => {
    expect(new Set(accountStateAttributes).size).toBe(accountStateAttributes.length);
    expect(accountStateAttributes).toContain('msDS-User-Account-Control-Computed');
  });
});
