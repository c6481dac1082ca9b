import { FakeClock } from '../../test/support/fake-clock';
import { WindowCounters } from './window-counters';

const minuteMs = 60_000;

function setUp(maxKeys = 100_000) {
  const clock = new FakeClock();
  return { clock, counters: new WindowCounters(clock, maxKeys) };
}

/** Hits by one address that is busy anyway; they are what clears away the windows of the others. */
function hitTimes(counters: WindowCounters, times: number): void {
  for (let hit = 0; hit < times; hit++) counters.increment('busy', minuteMs);
}

function fill(counters: WindowCounters, keys: number, windowMs = minuteMs): void {
  for (let key = 0; key < keys; key++) counters.increment(`address ${key}`, windowMs);
}

describe('WindowCounters', () => {
  it('ends a window exactly windowMs after its first hit', () => {
    const { clock, counters } = setUp();
    const startMs = clock.nowMs();
    counters.increment('key', minuteMs);
    clock.set(startMs + minuteMs - 1);
    expect(counters.increment('key', minuteMs)).toEqual({ count: 2, endsAtMs: startMs + minuteMs });
    clock.set(startMs + minuteMs);
    expect(counters.increment('key', minuteMs)).toEqual({ count: 1, endsAtMs: startMs + 2 * minuteMs });
  });

  it('keeps one window for a key, however often it is hit', () => {
    const { counters } = setUp();
    for (let hit = 1; hit <= 100_000; hit++) expect(counters.increment('key', minuteMs).count).toBe(hit);
    expect(counters.size).toBe(1);
  });

  it('leaves nothing behind of 10,000 addresses whose windows have passed', () => {
    const { clock, counters } = setUp();
    fill(counters, 10_000);
    expect(counters.size).toBe(10_000);
    clock.advance(minuteMs);
    hitTimes(counters, 10_000 / 8 + 2);
    expect(counters.size).toBe(1);
  });

  it('removes only what has passed', () => {
    const { clock, counters } = setUp();
    fill(counters, 1000);
    clock.advance(minuteMs - 1);
    hitTimes(counters, 1000);
    expect(counters.size).toBe(1001);
    expect(counters.increment('address 7', minuteMs).count).toBe(2);
  });

  it('stays small under a stream of addresses that come once', () => {
    const { clock, counters } = setUp();
    let most = 0;
    for (let address = 0; address < 50_000; address++) {
      clock.advance(60); // 1,000 within a window
      counters.increment(`address ${address}`, minuteMs);
      most = Math.max(most, counters.size);
    }
    expect(most).toBeLessThan(1500);
  });

  it('holds the bound, and drops the window that was opened first', () => {
    const { counters } = setUp(3);
    for (const key of ['a', 'b', 'c', 'a', 'd']) counters.increment(key, minuteMs);
    expect(counters.size).toBe(3);
    expect(counters.increment('c', minuteMs).count).toBe(2);
    expect(counters.increment('a', minuteMs).count).toBe(1); // Dropped for d, although it was hit last.
    expect(counters.size).toBe(3);
  });

  it('counts a window that was opened again as a young one', () => {
    const { clock, counters } = setUp(2);
    counters.increment('a', minuteMs);
    clock.advance(minuteMs / 2);
    counters.increment('b', minuteMs);
    clock.advance(minuteMs / 2);
    counters.increment('a', minuteMs);
    counters.increment('c', minuteMs);
    expect(counters.increment('a', minuteMs).count).toBe(2);
  });

  it('goes on dropping after it was empty', () => {
    const { clock, counters } = setUp(2);
    for (let round = 0; round < 5; round++) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        counters.increment(`${key} ${round}`, minuteMs);
        expect(counters.size).toBeLessThanOrEqual(2);
      }
      clock.advance(minuteMs);
      hitTimes(counters, 2);
      expect(counters.size).toBe(1);
    }
  });

  it('is as quick when it is full as when it is empty', () => {
    const { counters } = setUp(100_000);
    fill(counters, 100_000);
    const startNs = process.hrtime.bigint();
    for (let key = 0; key < 20_000; key++) counters.increment(`other ${key}`, minuteMs);
    const perHitMicros = Number(process.hrtime.bigint() - startNs) / 20_000 / 1000;
    expect(counters.size).toBe(100_000);
    // About 2 µs; a search over all keys would take 500 and more.
    expect(perHitMicros).toBeLessThan(50);
  });

  it('never makes a window longer when the clock is set back', () => {
    const { clock, counters } = setUp();
    counters.increment('key', minuteMs);
    clock.advance(-24 * 60 * minuteMs);
    const nowMs = clock.nowMs();
    expect(counters.increment('key', minuteMs)).toEqual({ count: 2, endsAtMs: nowMs + minuteMs });
    clock.set(nowMs + minuteMs);
    expect(counters.increment('key', minuteMs).count).toBe(1);
  });

  it('removes a short window that has passed behind a long one that has not', () => {
    const { clock, counters } = setUp();
    counters.increment('long', 60 * minuteMs);
    fill(counters, 100);
    clock.advance(minuteMs);
    hitTimes(counters, 20);
    expect(counters.size).toBe(2);
    expect(counters.increment('long', 60 * minuteMs).count).toBe(2);
  });
});
