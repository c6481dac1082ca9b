import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbFile } from '../src/stores/lmdb-file';
import { LmdbStore } from '../src/stores/lmdb.store';
import { RecordTable } from '../src/stores/record-table';
import { WindowCounters } from '../src/stores/window-counters';
import { FakeClock } from './support/fake-clock';

const minuteMs = 60_000;
const base = mkdtempSync(join(tmpdir(), 'gatehouse-sweep-'));
let folders = 0;
afterAll(() => rmSync(base, { recursive: true, force: true }));

function newFolder(): string {
  return join(base, `${++folders}`, 'store');
}

const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };

function openStore(path: string, clock = new FakeClock(), more: { maxBytes?: number } = {}): LmdbStore {
  return LmdbStore.open({ path, clock, logger, counters: new WindowCounters(clock, 1000), ...more });
}

/** How many lines the expiry index of a store has. */
async function linesIn(path: string): Promise<number> {
  const file = LmdbFile.open({ path, writeTimeoutMs: 5000 });
  const count = file.read(() => file.table('expiry').getKeysCount());
  await file.close();
  return count;
}

describe('the sweep of an embedded store', () => {
  it('removes what has expired, all of it, and nothing else', async () => {
    const path = newFolder();
    const time = new FakeClock();
    const store = openStore(path, time);
    const soonMs = time.nowMs() + minuteMs;
    const creations = Array.from({ length: 1234 }, (_, n) => store.create(`soon ${n}`, 'value', soonMs));
    await Promise.all(creations);
    await store.create('later', 'value', soonMs + 1);
    await store.replace('soon 0', (await store.read('soon 0'))?.version ?? 0, 'prolonged', soonMs + 1);
    expect(await store.sweep()).toBe(0);
    time.set(soonMs);
    expect(await store.sweep()).toBe(1233);
    expect(await store.sweep()).toBe(0);
    expect((await store.read('later'))?.value).toBe('value');
    expect((await store.read('soon 0'))?.value).toBe('prolonged');
    time.advance(1);
    expect(await store.sweep()).toBe(2);
    await store.close();
  });

  it('does a bounded part in one transaction, the longest expired first', async () => {
    const time = new FakeClock();
    const file = LmdbFile.open({ path: newFolder(), writeTimeoutMs: 5000 });
    const records = new RecordTable(file, time, 1024 ** 2);
    const startMs = time.nowMs();
    for (const n of [5, 3, 1, 4, 2]) await file.transact(() => records.create(`${n}`, 'value', startMs + n));
    time.advance(minuteMs);
    expect(await file.transact(() => records.removeExpired(2))).toEqual({ looks: 2, removed: 2 });
    time.set(startMs); // They would be visible again, were they still there.
    expect([1, 2, 3, 4, 5].map((n) => records.find(`${n}`) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    await file.close();
  });

  it('leaves room that is used again, however much at once', async () => {
    const time = new FakeClock();
    const path = newFolder();
    const file = LmdbFile.open({ path, writeTimeoutMs: 5000 });
    const records = new RecordTable(file, time, 1024 ** 3);
    const value = 'x'.repeat(700);
    const sizes: number[] = [];
    for (let round = 0; round < 5; round++) {
      const keys = Array.from({ length: 15_000 }, (_, n) => `${(n * 7919) % 15_000} of ${round}`);
      const endMs = time.nowMs() + minuteMs;
      await file.transact(() => keys.forEach((key) => records.create(key, value, endMs)));
      time.advance(minuteMs);
      let removed = 500;
      while (removed > 0) ({ removed } = await file.transact(() => records.removeExpired(500)));
      sizes.push(statSync(join(path, 'data.mdb')).size);
    }
    await file.close();
    expect(sizes[0]).toBeGreaterThan(8 * 1024 ** 2);
    expect(sizes[4]).toBeLessThan(1.3 * (sizes[1] ?? 0));
  });

  it('lets whoever is led on live to the end of that, however often it met them before, and then removes them', async () => {
    const path = newFolder();
    const time = new FakeClock();
    const store = openStore(path, time);
    await store.create('led on', 'first', time.nowMs() + minuteMs);
    const first = await store.read('led on');
    const endsAtMs = time.nowMs() + 10 * minuteMs;
    await store.replace('led on', first?.version ?? 0, 'second ñ', endsAtMs);
    const second = await store.read('led on');
    for (let minute = 1; minute < 10; minute++) {
      time.advance(minuteMs);
      expect(await store.sweep()).toBe(0);
      expect(await store.read('led on')).toEqual(second);
    }
    expect(second).toEqual({ value: 'second ñ', version: (first?.version ?? 0) + 1 });
    time.set(endsAtMs);
    expect(await store.sweep()).toBe(1);
    await store.close();
    expect(await linesIn(path)).toBe(0);
  });

  it('removes whoever ends sooner than was said at that end', async () => {
    const path = newFolder();
    const time = new FakeClock();
    const store = openStore(path, time);
    const endsAtMs = time.nowMs() + minuteMs;
    for (const key of ['cut', 'led on, then cut']) await store.create(key, 'value', endsAtMs);
    const change = async (key: string, atMs: number) =>
      store.replace(key, (await store.read(key))?.version ?? 0, 'value', atMs);
    await change('led on, then cut', endsAtMs + minuteMs);
    for (const key of ['cut', 'led on, then cut']) await change(key, endsAtMs - 1000);
    time.set(endsAtMs - 1000);
    expect(await store.sweep()).toBe(2);
    await store.close();
    expect(await linesIn(path)).toBe(0);
  });

  it('leaves no line behind of what is deleted, led on or not', async () => {
    const path = newFolder();
    const time = new FakeClock();
    const store = openStore(path, time);
    for (const key of ['a', 'b']) await store.create(key, 'value', time.nowMs() + minuteMs);
    await store.replace('a', (await store.read('a'))?.version ?? 0, 'value', time.nowMs() + 2 * minuteMs);
    for (const key of ['a', 'b']) expect(await store.delete(key)).toBe(true);
    await store.close();
    expect(await linesIn(path)).toBe(0);
  });

  it('runs by itself twice a minute until the store is closed', async () => {
    const every = jest.spyOn(global, 'setInterval');
    const end = jest.spyOn(global, 'clearInterval');
    const store = openStore(newFolder());
    const timer = every.mock.results.at(-1)?.value as NodeJS.Timeout;
    expect(every.mock.calls.at(-1)?.[1]).toBe(30_000);
    expect(timer.hasRef()).toBe(false);
    await store.close();
    expect(end).toHaveBeenCalledWith(timer);
  });

  it('is what a full store does before it refuses a creation', async () => {
    const time = new FakeClock();
    const store = openStore(newFolder(), time, { maxBytes: 10_000 });
    const value = 'x'.repeat(4000);
    for (const key of ['a', 'b', 'c']) await store.create(key, value, time.nowMs() + minuteMs);
    await expect(store.create('d', value, time.nowMs() + minuteMs)).rejects.toThrow(/full/);
    const version = (await store.read('a'))?.version ?? 0;
    expect(await store.replace('a', version, value, time.nowMs() + 2 * minuteMs)).toBe(true);
    time.advance(minuteMs);
    expect(await store.create('d', value, time.nowMs() + minuteMs)).toBe(true);
    await store.close();
  });

  it('gives back the room of what is deleted or replaced', async () => {
    const time = new FakeClock();
    const laterMs = time.nowMs() + minuteMs;
    const store = openStore(newFolder(), time, { maxBytes: 10_000 });
    for (let round = 0; round < 20; round++) {
      expect(await store.create('key', 'x'.repeat(4000), laterMs)).toBe(true);
      await store.replace('key', (await store.read('key'))?.version ?? 0, 'x'.repeat(5000), laterMs);
      await store.delete('key');
    }
    await store.close();
  });
});
