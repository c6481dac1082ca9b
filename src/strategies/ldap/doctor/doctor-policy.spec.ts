import type { LockoutPolicy } from '../lockout/lockout-policy';
import { locksFirst } from './doctor-policy';

const minute = 60;

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
