import { AccountRows } from './account-rows';

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n);
}

it('gives tries in the order in which they were asked for, and asks for one at a time', async () => {
  const rows = new AccountRows();
  const served: number[] = [];
  let asking = 0;
  let isFree = false;
  const attempt = (n: number) => async (): Promise<number | 'soon'> => {
    expect(++asking).toBe(1);
    await Promise.resolve();
    asking--;
    if (!isFree) return 'soon';
    served.push(n);
    return n;
  };
  const all: Promise<number | 'busy'>[] = [];
  for (const n of numbers(8)) {
    all.push(rows.run('alice', attempt(n)));
    // The first one asks at once; the others find somebody in the row.
    await Promise.resolve().then(() => Promise.resolve());
  }
  isFree = true;
  expect(await Promise.all(all)).toEqual(numbers(8));
  expect(served).toEqual(numbers(8));
});

it('refuses the seventeenth at once, the others after two seconds, and keeps no other row waiting', async () => {
  const rows = new AccountRows();
  const soon = (): Promise<'soon'> => Promise.resolve('soon');
  const startedMs = performance.now();
  const waiting = numbers(16).map(() => rows.run('alice', soon));
  expect(await rows.run('alice', soon)).toBe('busy');
  expect(performance.now() - startedMs).toBeLessThan(1_500);
  expect(await rows.run('bob', () => Promise.resolve('a try'))).toBe('a try');
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['busy']));
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThanOrEqual(2_000);
  expect(tookMs).toBeLessThan(15_000);
  expect(await rows.run('alice', () => Promise.resolve('a try'))).toBe('a try');
}, 30_000);

it('leaves the row where the store fails', async () => {
  const rows = new AccountRows();
  let asked = 0;
  const fails = (): Promise<'soon'> =>
    ++asked > 1 ? Promise.reject(new Error('away')) : Promise.resolve('soon');
  await expect(rows.run('alice', fails)).rejects.toThrow('away');
  expect(await rows.run('alice', () => Promise.resolve('a try'))).toBe('a try');
});
