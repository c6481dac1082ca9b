import { FakeClock } from '../../test/support/fake-clock';
import { eventually } from '../../test/support/ldap-logins';
import { AccountUnsettled } from './account-unsettled';

const windowMs = 60_000;

function bench() {
  const clock = new FakeClock();
  const written: string[] = [];
  const failing = new Set<string>();
  let asked = 0;
  const unsettled = new AccountUnsettled<ReturnType<typeof tried>>(clock, ({ taken }, outcome) => {
    asked++;
    if (failing.has(taken.id) || failing.has('all')) return Promise.reject(new Error('away'));
    written.push(`${taken.id} ${outcome}`);
    return Promise.resolve();
  });
  const tried = (id: string) => {
    const failedBefore = { strangers: 0, known: 0 };
    return { taken: { id, isKnown: false, takenAtMs: clock.nowMs(), failedBefore, windowMs } };
  };
  return { clock, unsettled, tried, written, failing, asked: () => asked };
}

it('writes each one once when it can, and is not held up by one that cannot be written', async () => {
  const { unsettled, tried, written, failing } = bench();
  failing.add('odd');
  for (const id of ['odd', 'a', 'b']) unsettled.add(tried(id), 'wrong');
  await eventually(() => written.length === 2);
  failing.clear();
  await eventually(() => written.length === 3);
  expect(written).toEqual(['a wrong', 'b wrong', 'odd wrong']);
  unsettled.add(tried('c'), 'right');
  await eventually(() => written.length === 4);
  expect(written.at(-1)).toBe('c right');
});

it('keeps ten thousand, the latest ones', async () => {
  const { unsettled, tried, written } = bench();
  for (let n = 0; n < 10_002; n++) unsettled.add(tried(`${n}`), 'unknown');
  await eventually(() => written.length >= 10_000, 30_000);
  expect([written.length, written[0], written.at(-1)]).toEqual([10_000, '2 unknown', '10001 unknown']);
});

it('forgets those whose window is over, and all of them at the end', async () => {
  const { clock, unsettled, tried, written, failing, asked } = bench();
  failing.add('all');
  unsettled.add(tried('old'), 'wrong');
  await eventually(() => asked() > 0);
  clock.advance(windowMs);
  failing.clear();
  unsettled.add(tried('new'), 'wrong');
  await eventually(() => written.length > 0);
  expect(written).toEqual(['new wrong']);
  unsettled.add(tried('last'), 'wrong');
  unsettled.close();
  unsettled.add(tried('later'), 'wrong');
  jest.useFakeTimers();
  jest.advanceTimersByTime(60_000);
  jest.useRealTimers();
  expect(written).toEqual(['new wrong']);
});
