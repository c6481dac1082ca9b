import { DirectoryEntry } from '../entry/directory-entry';
import {
  domainPolicy,
  lockoutOf,
  type LockoutPolicy,
  netscapePolicy,
  policyOf,
  strictestLockout,
  subentryPolicy,
} from './lockout-policy';

const minute = 60;
const ticks = 10_000_000;

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

  it('is unknown where the threshold may not be read', () => {
    expect(domainPolicy(new DirectoryEntry('DC=ad', { maxPwdAge: '0' }))).toBeUndefined();
  });
});

describe('subentryPolicy', () => {
  it('counts failures only where they lock', () => {
    const entry = (pwdLockout: string) => new DirectoryEntry('cn=p', { pwdLockout, pwdMaxFailure: '3' });
    expect(subentryPolicy(entry('TRUE')).failures).toBe(3);
    expect(subentryPolicy(entry('FALSE')).failures).toBeUndefined();
  });
});

describe('policyOf', () => {
  it('reads a fine-grained policy of Active Directory', () => {
    const entry = new DirectoryEntry('CN=strict', {
      objectClass: ['top', 'msDS-PasswordSettings'],
      'msDS-LockoutThreshold': '3',
      'msDS-LockoutObservationWindow': String(-minute * ticks),
      'msDS-LockoutDuration': String(-2 * minute * ticks),
      'msDS-MaximumPasswordAge': '-9223372036854775808',
    });
    expect(policyOf(entry)).toEqual({
      source: 'CN=strict',
      failures: 3,
      windowSeconds: minute,
      lockedSeconds: 2 * minute,
      maxAgeSeconds: undefined,
    });
  });

  it('takes a policy of the draft for one that never locks where it says nothing of it', () => {
    const entry = new DirectoryEntry('cn=p', { objectClass: ['device', 'PwdPolicy'] });
    expect(policyOf(entry)).toMatchObject({ source: 'cn=p', failures: undefined });
  });

  it('is unknown for an entry that shows no policy', () => {
    expect(policyOf(new DirectoryEntry('', {}))).toBeUndefined();
    expect(policyOf(new DirectoryEntry('CN=x', { objectClass: 'msDS-PasswordSettings' }))).toBeUndefined();
  });
});

describe('netscapePolicy', () => {
  const entry = (passwordLockout: string) =>
    new DirectoryEntry('cn=config', {
      passwordLockout,
      passwordMaxFailure: '4',
      passwordResetFailureCount: '600',
    });

  it('counts failures only where they lock', () => {
    expect(netscapePolicy(entry('on'))).toMatchObject({ failures: 4, windowSeconds: 600 });
    expect(netscapePolicy(entry('off'))?.failures).toBeUndefined();
  });

  it('is unknown where it may not be read', () => {
    expect(netscapePolicy(new DirectoryEntry('cn=config', { passwordMaxFailure: '4' }))).toBeUndefined();
  });
});

describe('what locks', () => {
  const policy = (failures: number | undefined, windowSeconds?: number): LockoutPolicy => ({
    source: 'x',
    failures,
    windowSeconds,
    lockedSeconds: undefined,
    maxAgeSeconds: undefined,
  });

  it.each([
    ['no threshold', policy(undefined), undefined],
    ['a threshold of 0', policy(0, 60), undefined],
    ['a threshold and a window', policy(3, 60), { failures: 3, windowSeconds: 60 }],
    ['no window', policy(3), { failures: 3 }],
    ['a window of 0, in which only a good login makes it forget', policy(3, 0), { failures: 3 }],
  ])('with %s', (_, given, expected) => {
    expect(lockoutOf(given)).toEqual(expected);
  });

  it('is the strictest of several: few failures, long windows, none of those that never lock', () => {
    expect(strictestLockout([])).toBeUndefined();
    expect(strictestLockout([policy(0, 60)])).toBeUndefined();
    expect(strictestLockout([policy(0, 999), policy(5, 60), policy(3, 30)])).toEqual({
      failures: 3,
      windowSeconds: 60,
    });
    expect(strictestLockout([policy(5, 60), policy(9, 0)])).toEqual({ failures: 5 });
  });
});
