import { DirectoryEntry } from '../entry/directory-entry';
import { domainPolicy, locksFirst, type LockoutPolicy, subentryPolicy } from './doctor-policy';

const minute = 60;

describe('domainPolicy', () => {
  it('reads the intervals of Active Directory', () => {
    const entry = new DirectoryEntry('DC=ad', {
      lockoutThreshold: '5',
      lockOutObservationWindow: String(-30 * minute * 10_000_000),
      lockoutDuration: '-9223372036854775808',
      maxPwdAge: String(-42 * 86_400 * 10_000_000),
    });
    expect(domainPolicy(entry)).toEqual({
      source: 'the domain',
      failures: 5,
      windowSeconds: 30 * minute,
      lockedSeconds: undefined,
      maxAgeSeconds: 42 * 86_400,
    });
  });
});

describe('subentryPolicy', () => {
  it('counts failures only where they lock', () => {
    const entry = (pwdLockout: string) => new DirectoryEntry('cn=p', { pwdLockout, pwdMaxFailure: '3' });
    expect(subentryPolicy(entry('TRUE')).failures).toBe(3);
    expect(subentryPolicy(entry('FALSE')).failures).toBeUndefined();
  });
});

describe('locksFirst', () => {
  const policy = (failures: number | undefined, windowSeconds: number | undefined): LockoutPolicy => ({
    source: 'x',
    failures,
    windowSeconds,
    lockedSeconds: undefined,
    maxAgeSeconds: undefined,
  });
  const throttle = { maxLogins: 4, windowMs: 15 * minute * 1000 };

  it.each([
    ['never locks', policy(undefined, 60), false],
    ['has a threshold of 0, which is never', policy(0, 60), false],
    ['locks at our limit', policy(4, minute), true],
    ['locks above it', policy(5, minute), false],
    ['counts over two windows of ours', policy(8, 30 * minute), true],
    ['counts over two windows of ours, but more', policy(9, 30 * minute), false],
    ['counts for ever', policy(1000, 0), true],
  ])('a directory that %s', (_, given, expected) => {
    expect(locksFirst(given, throttle)).toBe(expected);
  });
});
