import { DirectoryEntry } from '../entry/directory-entry';
import { countedFailures, ownPolicyDn } from './failure-count';

const nowMs = Date.UTC(2026, 0, 31, 12);
const filetime = (ms: number) => String((BigInt(ms) + 11_644_473_600_000n) * 10_000n);
const generalized = (ms: number) => `${new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14)}.123456Z`;
const ago = (seconds: number) => nowMs - seconds * 1000;

describe('countedFailures', () => {
  it.each([
    ['within the window', '4', filetime(ago(50)), 60, 4],
    ['before the window', '4', filetime(ago(70)), 60, 0],
    ['before a window that never ends', '4', filetime(ago(1e6)), undefined, 4],
    ['at no time', '4', '0', 60, 0],
    ['as our clock is behind', '4', filetime(ago(-30)), 60, 4],
    ['as our clock is ahead a little', '4', filetime(ago(63)), 60, 4],
  ])('in Active Directory, the last one %s', (_, badPwdCount, badPasswordTime, window, expected) => {
    const entry = new DirectoryEntry('CN=x', { badPwdCount, badPasswordTime });
    expect(countedFailures(entry, window, nowMs)).toBe(expected);
  });

  it('counts the values of pwdFailureTime within the window', () => {
    const times = [10, 50, 70, 1e6].map((seconds) => generalized(ago(seconds)));
    const entry = new DirectoryEntry('cn=x', { pwdFailureTime: times });
    expect(countedFailures(entry, 60, nowMs)).toBe(2);
    expect(countedFailures(entry, undefined, nowMs)).toBe(4);
  });

  it('reads the counter of 389 Directory Server until it is reset', () => {
    const entry = (resetMs: number) =>
      new DirectoryEntry('cn=x', {
        passwordRetryCount: '3',
        retryCountResetTime: generalized(resetMs),
      });
    expect(countedFailures(entry(nowMs + 1000), 600, nowMs)).toBe(3);
    expect(countedFailures(entry(ago(60)), 600, nowMs)).toBe(0);
  });

  it('is unknown where the entry says nothing', () => {
    expect(countedFailures(new DirectoryEntry('cn=x', {}), 60, nowMs)).toBeUndefined();
    expect(countedFailures(new DirectoryEntry('cn=x', { badPwdCount: 'x' }), 60, nowMs)).toBeUndefined();
  });
});

describe('ownPolicyDn', () => {
  it('knows both kinds of directory', () => {
    expect(ownPolicyDn(new DirectoryEntry('', { 'msDS-ResultantPSO': 'CN=a' }))).toBe('CN=a');
    expect(ownPolicyDn(new DirectoryEntry('', { pwdPolicySubentry: 'cn=b' }))).toBe('cn=b');
    expect(ownPolicyDn(new DirectoryEntry('', {}))).toBeUndefined();
  });
});
