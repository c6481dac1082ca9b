import type { LockoutPolicy } from '../lockout/lockout-policy';
import { judgedPolicies, silence, withChoice } from './doctor-policy';

const policy = (failures: number | undefined, windowSeconds = 60): LockoutPolicy => ({
  source: 'x',
  failures,
  windowSeconds,
  lockedSeconds: undefined,
  maxAgeSeconds: undefined,
});

describe('judgedPolicies', () => {
  const below = { mostFailures: ({ failures }: { failures: number }) => Math.max(1, failures - 1) };

  it('is content where the gateway stops before the strictest policy locks', () => {
    const finding = judgedPolicies([policy(9), policy(3), policy(0)], below);
    expect(finding.status).toBe('ok');
    expect(finding.detail).toMatch(/lets 2 wrong passwords of an account through at most$/);
  });

  it('is content with a directory that never locks', () => {
    expect(judgedPolicies([policy(undefined), policy(0)], { mostFailures: () => Infinity }).status).toBe(
      'ok',
    );
  });

  it.each([
    ['a single wrong password locks', policy(1), below, '1 wrong password of'],
    ['our limit is as high as theirs', policy(4), { mostFailures: () => 4 }, '4 wrong passwords of'],
    ['we have none', policy(4), { mostFailures: () => Infinity }, 'any number of wrong passwords of'],
  ])('warns where %s', (_, given, ours, words) => {
    const finding = judgedPolicies([given], ours);
    expect(finding).toMatchObject({ status: 'warn', setting: 'LOCKOUT_MAX_FAILURES' });
    expect(finding.detail).toContain(words);
  });
});

it('a policy that cannot be read is a warning where the directory is known to hide it', () => {
  expect(silence('389-ds')).toMatchObject({ status: 'warn', setting: 'LDAP_LOCKOUT_THRESHOLD' });
  expect(silence('openldap').status).toBe('skipped');
});

it('how the general policy was chosen is a warning, and a heavier one keeps its setting', () => {
  const fine = { status: 'ok', detail: 'fine' } as const;
  expect(withChoice(fine, undefined)).toBe(fine);
  expect(withChoice(fine, 'chosen')).toEqual({
    status: 'warn',
    detail: 'fine; chosen',
    setting: 'LDAP_LOCKOUT_POLICY_DN',
  });
  const heavier = { status: 'warn', detail: 'bad', setting: 'LOCKOUT_MAX_FAILURES' } as const;
  expect(withChoice(heavier, 'chosen')).toMatchObject({ setting: 'LOCKOUT_MAX_FAILURES' });
});
