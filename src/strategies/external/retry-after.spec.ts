import { retryAfterSeconds } from './retry-after';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['30', 30],
    [' 30 ', 30],
    ['0', 1],
    ['86400', 3600],
    ['Sun, 01 Mar 2026 12:01:30 GMT', 90],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 1],
    ['Sun, 08 Mar 2026 12:00:00 GMT', 3600],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%p becomes %p', (value, expected) => {
    expect(retryAfterSeconds(value, nowMs)).toBe(expected);
  });
});
