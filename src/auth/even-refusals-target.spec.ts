import { RefusalTarget } from './even-refusals-target';

const quarterHourMs = 15 * 60 * 1000;

describe('RefusalTarget', () => {
  let target: RefusalTarget;

  beforeEach(() => {
    target = new RefusalTarget();
  });

  function learn(count: number, durationMs: number, nowMs = 0): void {
    for (let index = 0; index < count; index++) target.learn(durationMs, nowMs);
  }

  it('knows nothing at first, and then what it was told', () => {
    expect(target.learntMs(0)).toBe(0);
    learn(1, 40);
    expect(target.learntMs(0)).toBe(40);
  });

  it('takes one stall for nothing', () => {
    learn(30, 40);
    learn(1, 1900);
    expect(target.learntMs(0)).toBe(40);
  });

  it('lies above nineteen twentieths of a hundred tries', () => {
    for (let durationMs = 1; durationMs <= 100; durationMs++) target.learn(durationMs, 0);
    expect(target.learntMs(0)).toBe(96);
  });

  it('is not brought down by any number of quick tries', () => {
    learn(10, 400);
    learn(20_000, 3);
    expect(target.learntMs(0)).toBe(400);
  });

  it('fades slowly while only quick tries come', () => {
    learn(10, 400);
    const faded: number[] = [];
    for (let period = 1; period <= 4; period++) {
      learn(1000, 3, period * quarterHourMs);
      faded.push(Math.round(target.learntMs(period * quarterHourMs)));
    }
    expect(faded).toEqual([400, 320, 256, 205]);
  });

  it('keeps what it knows through a night without tries', () => {
    learn(10, 400);
    expect(target.learntMs(40 * quarterHourMs)).toBe(400);
    learn(10, 500, 41 * quarterHourMs);
    expect(target.learntMs(41 * quarterHourMs)).toBe(500);
  });
});
