import { LoopDelay } from './loop-delay';

/** Probes that come so late, in milliseconds, one after the other. */
function after(latenesses: readonly number[]): number {
  let nowMs = 0;
  const delay = new LoopDelay(() => nowMs);
  for (const lateMs of latenesses) {
    nowMs += 250 + lateMs;
    delay.probe();
  }
  return delay.lateMs;
}

it('is the least lateness of the last five probes, so that one long step is no overload', () => {
  expect(after([])).toBe(0);
  expect(after([900, 900, 900, 900])).toBe(0);
  expect(after([0, 5000, 0, 0, 0])).toBe(0);
  expect(after([900, 400, 300, 700, 900])).toBe(300);
  expect(after([0, 900, 400, 300, 700, 900])).toBe(300);
  expect(after([900, 900, 900, 900, 900, 0])).toBe(0);
});
