import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
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
    ['Sunday, 01-Mar-26 12:01:30 GMT', 90],
    ['Sun Mar  1 12:01:30 2026', 90],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%p becomes %p', (value, expected) => {
    expect(retryAfterSeconds(value, nowMs)).toBe(expected);
  });

  it('names no other zone than GMT, whatever the zone of the machine', () => {
    // A process of its own, because a zone cannot be changed inside jest.
    const root = join(__dirname, '../../..');
    const script =
      "require('./test/support/typescript.cjs');" +
      "const { retryAfterSeconds } = require('./src/strategies/external/retry-after.ts');" +
      `process.stdout.write(String(retryAfterSeconds('Sun Mar  1 12:01:30 2026', ${nowMs})))`;
    const env = { ...process.env, TZ: 'America/Bogota' };
    expect(execFileSync(process.execPath, ['-e', script], { cwd: root, env, encoding: 'utf8' })).toBe('90');
  });
});
