import { describeWalks } from './store-walks.contract';
import { longestKeyBytes, longestValueBytes, type Store } from '../../src/stores/store';
import { FakeClock } from '../support/fake-clock';

const minuteMs = 60_000;
const hundred = Array.from({ length: 100 }, (_, index) => index);

/** What every store promises. `makeStore` gives a new, empty one; the suite closes it. */
export function describeStoreContract(name: string, makeStore: (clock: FakeClock) => Promise<Store>): void {
  describe(`${name} keeps the store contract`, () => {
    let clock: FakeClock;
    let store: Store;
    let inAMinuteMs: number;

    beforeEach(async () => {
      clock = new FakeClock();
      inAMinuteMs = clock.nowMs() + minuteMs;
      store = await makeStore(clock);
    });

    afterEach(() => store.close());

    async function versionOf(key: string): Promise<number> {
      const record = await store.read(key);
      if (!record) throw new Error(`no record ${key}`);
      return record.version;
    }

    describe('records', () => {
      it('reads what was created', async () => {
        expect(await store.create('key', 'value', inAMinuteMs)).toBe(true);
        expect(await store.read('key')).toEqual({ value: 'value', version: expect.any(Number) as number });
      });

      it('reads nothing under a key that was never created', async () => {
        expect(await store.read('absent')).toBeUndefined();
      });

      it('creates a key once and leaves the first record alone', async () => {
        await store.create('key', 'first', inAMinuteMs);
        const before = await store.read('key');
        expect(await store.create('key', 'second', inAMinuteMs + 1)).toBe(false);
        expect(await store.read('key')).toEqual(before);
      });

      it('replaces the version that was read, and moves the version on', async () => {
        await store.create('key', 'first', inAMinuteMs);
        const version = await versionOf('key');
        expect(await store.replace('key', version, 'second', inAMinuteMs)).toBe(true);
        expect((await store.read('key'))?.value).toBe('second');
        expect(await versionOf('key')).not.toBe(version);
      });

      it('moves the version on even when the value stays the same', async () => {
        await store.create('key', 'same', inAMinuteMs);
        const version = await versionOf('key');
        await store.replace('key', version, 'same', inAMinuteMs);
        expect(await store.replace('key', version, 'same', inAMinuteMs)).toBe(false);
      });

      it('does not replace another version', async () => {
        await store.create('key', 'first', inAMinuteMs);
        const version = await versionOf('key');
        for (const wrong of [version + 1, version - 1, NaN]) {
          expect(await store.replace('key', wrong, 'second', inAMinuteMs)).toBe(false);
        }
        expect(await store.read('key')).toEqual({ value: 'first', version });
      });

      it('does not replace what is absent', async () => {
        expect(await store.replace('absent', 0, 'value', inAMinuteMs)).toBe(false);
        expect(await store.replace('absent', 1, 'value', inAMinuteMs)).toBe(false);
        expect(await store.read('absent')).toBeUndefined();
      });

      it('deletes once', async () => {
        await store.create('key', 'value', inAMinuteMs);
        expect(await store.delete('key')).toBe(true);
        expect(await store.read('key')).toBeUndefined();
        expect(await store.delete('key')).toBe(false);
      });

      it('does not replace what was deleted', async () => {
        await store.create('key', 'value', inAMinuteMs);
        const version = await versionOf('key');
        await store.delete('key');
        expect(await store.replace('key', version, 'late', inAMinuteMs)).toBe(false);
        expect(await store.read('key')).toBeUndefined();
      });

      it('keeps keys apart', async () => {
        await store.create('a', '1', inAMinuteMs);
        await store.create('ab', '2', inAMinuteMs);
        await store.delete('a');
        expect((await store.read('ab'))?.value).toBe('2');
      });
    });

    describe('versions', () => {
      it('never lets an old version win after the key was deleted and created again', async () => {
        const seen: number[] = [];
        for (let life = 0; life < 5; life++) {
          await store.create('key', `life ${life}`, inAMinuteMs);
          seen.push(await versionOf('key'));
          await store.replace('key', await versionOf('key'), `life ${life}, later`, inAMinuteMs);
          seen.push(await versionOf('key'));
          await store.delete('key');
        }
        await store.create('key', 'last life', inAMinuteMs);
        expect(new Set(seen).size).toBe(seen.length);
        for (const old of seen) expect(await store.replace('key', old, 'old', inAMinuteMs)).toBe(false);
        expect((await store.read('key'))?.value).toBe('last life');
      });

      it('never lets an old version win after the key expired and was created again', async () => {
        await store.create('key', 'first', inAMinuteMs);
        const old = await versionOf('key');
        clock.advance(minuteMs);
        await store.create('key', 'second', inAMinuteMs + minuteMs);
        expect(await store.replace('key', old, 'old', inAMinuteMs + minuteMs)).toBe(false);
      });
    });

    describe('expiry', () => {
      it('keeps a record until, and not at, expiresAtMs', async () => {
        await store.create('key', 'value', inAMinuteMs);
        clock.set(inAMinuteMs - 1);
        expect((await store.read('key'))?.value).toBe('value');
        clock.set(inAMinuteMs);
        expect(await store.read('key')).toBeUndefined();
      });

      it('lets an expired key be created again', async () => {
        await store.create('key', 'first', inAMinuteMs);
        clock.set(inAMinuteMs);
        expect(await store.create('key', 'second', inAMinuteMs + minuteMs)).toBe(true);
        expect((await store.read('key'))?.value).toBe('second');
      });

      it('prolongs a record by replacing it', async () => {
        await store.create('key', 'first', inAMinuteMs);
        await store.replace('key', await versionOf('key'), 'second', inAMinuteMs + minuteMs);
        clock.set(inAMinuteMs + minuteMs - 1);
        expect((await store.read('key'))?.value).toBe('second');
        clock.advance(1);
        expect(await store.read('key')).toBeUndefined();
      });

      it('shortens a record by replacing it', async () => {
        await store.create('key', 'first', inAMinuteMs);
        await store.replace('key', await versionOf('key'), 'second', inAMinuteMs - 1);
        clock.set(inAMinuteMs - 1);
        expect(await store.read('key')).toBeUndefined();
      });

      it('does not replace an expired record', async () => {
        await store.create('key', 'first', inAMinuteMs);
        const version = await versionOf('key');
        clock.set(inAMinuteMs);
        expect(await store.replace('key', version, 'second', inAMinuteMs + minuteMs)).toBe(false);
        expect(await store.read('key')).toBeUndefined();
      });

      it('has nothing to delete once a record has expired', async () => {
        await store.create('key', 'value', inAMinuteMs);
        clock.set(inAMinuteMs);
        expect(await store.delete('key')).toBe(false);
      });
    });

    describe('many at once', () => {
      it('creates a key once', async () => {
        const outcomes = await Promise.all(hundred.map((n) => store.create('key', `${n}`, inAMinuteMs)));
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect((await store.read('key'))?.value).toBe(`${outcomes.indexOf(true)}`);
      });

      it('replaces a version once', async () => {
        await store.create('key', 'first', inAMinuteMs);
        const version = await versionOf('key');
        const outcomes = await Promise.all(
          hundred.map((n) => store.replace('key', version, `${n}`, inAMinuteMs)),
        );
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect((await store.read('key'))?.value).toBe(`${outcomes.indexOf(true)}`);
      });

      it('deletes a key once', async () => {
        await store.create('key', 'value', inAMinuteMs);
        const outcomes = await Promise.all(hundred.map(() => store.delete('key')));
        expect(outcomes.filter(Boolean)).toHaveLength(1);
      });

      it('keeps every one of many keys', async () => {
        await Promise.all(hundred.map((n) => store.create(`key ${n}`, `value ${n}`, inAMinuteMs)));
        const records = await Promise.all(hundred.map((n) => store.read(`key ${n}`)));
        expect(records.map((record) => record?.value)).toEqual(hundred.map((n) => `value ${n}`));
      });
    });

    describe('counters', () => {
      it('counts the hits of a window that opens with the first one', async () => {
        expect(await store.increment('key', minuteMs)).toEqual({ count: 1, endsAtMs: inAMinuteMs });
        clock.advance(minuteMs - 1);
        expect(await store.increment('key', minuteMs)).toEqual({ count: 2, endsAtMs: inAMinuteMs });
      });

      it('opens a new window when the old one has ended', async () => {
        await store.increment('key', minuteMs);
        clock.advance(minuteMs);
        const next = { count: 1, endsAtMs: inAMinuteMs + minuteMs };
        expect(await store.increment('key', minuteMs)).toEqual(next);
      });

      it('counts each key for itself', async () => {
        await store.increment('a', minuteMs);
        expect((await store.increment('b', minuteMs)).count).toBe(1);
      });

      it('keeps counters and records apart', async () => {
        await store.increment('key', minuteMs);
        expect(await store.read('key')).toBeUndefined();
        expect(await store.create('key', 'value', inAMinuteMs)).toBe(true);
        expect((await store.increment('key', minuteMs)).count).toBe(2);
      });

      it('counts a hundred hits at once from 1 to 100, each once', async () => {
        const hits = await Promise.all(hundred.map(() => store.increment('key', minuteMs)));
        expect(hits.map((hit) => hit.count).sort((a, b) => a - b)).toEqual(hundred.map((n) => n + 1));
      });
    });

    describe('limits', () => {
      const longestKey = 'é'.repeat(longestKeyBytes / 2);
      const longestValue = '漢'.repeat(Math.floor(longestValueBytes / 3)) + 'x';
      it('keeps the longest key and the longest value', async () => {
        expect(Buffer.byteLength(longestValue)).toBe(longestValueBytes);
        expect(await store.create(longestKey, longestValue, inAMinuteMs)).toBe(true);
        expect((await store.read(longestKey))?.value).toBe(longestValue);
        expect(await store.replace(longestKey, await versionOf(longestKey), '', inAMinuteMs)).toBe(true);
        expect(await store.delete(longestKey)).toBe(true);
      });

      it.each([
        ['too long', `${longestKey}x`],
        ['empty', ''],
        ['not well-formed', 'a\ud800'],
      ])('refuses a key that is %s', async (_, key) => {
        await expect(store.create(key, 'value', inAMinuteMs)).rejects.toThrow(RangeError);
        await expect(store.read(key)).rejects.toThrow(RangeError);
        await expect(store.replace(key, 1, 'value', inAMinuteMs)).rejects.toThrow(RangeError);
        await expect(store.delete(key)).rejects.toThrow(RangeError);
        await expect(store.increment(key, minuteMs)).rejects.toThrow(RangeError);
      });

      it.each([
        ['too long', `${longestValue}x`],
        ['not well-formed', '\udc00b'],
      ])('refuses a value that is %s', async (_, value) => {
        await expect(store.create('key', value, inAMinuteMs)).rejects.toThrow(RangeError);
        expect(await store.read('key')).toBeUndefined();
        await store.create('key', 'value', inAMinuteMs);
        const version = await versionOf('key');
        await expect(store.replace('key', version, value, inAMinuteMs)).rejects.toThrow(RangeError);
        expect(await versionOf('key')).toBe(version);
      });

      it('refuses a time that is no number of milliseconds', async () => {
        for (const wrong of [NaN, Infinity, -1, 0.5]) {
          await expect(store.create('key', 'value', wrong)).rejects.toThrow(RangeError);
          await expect(store.increment('key', wrong)).rejects.toThrow(RangeError);
        }
        await expect(store.increment('key', 0)).rejects.toThrow(RangeError);
      });
    });

    describe('texts', () => {
      it.each(['', ' ', 'ñandú 漢字 🔑', 'a\u0000b', '\u0000', '\ufeffmark', '{"json":"\\u0000"}\r\n'])(
        'gives back %j as it was',
        async (value) => {
          await store.create('key', value, inAMinuteMs);
          expect((await store.read('key'))?.value).toBe(value);
        },
      );

      it('tells apart keys that only look alike', async () => {
        const keys = ['é', 'e\u0301', '🔑', 'a', 'a\u0000', 'A', ' a', '\u0001', '\u0000'];
        for (const key of keys) expect(await store.create(key, `of ${key}`, inAMinuteMs)).toBe(true);
        for (const key of keys) expect((await store.read(key))?.value).toBe(`of ${key}`);
      });
    });

    describeWalks(() => ({ store, clock }));

    it('may be closed twice', async () => {
      await store.close();
      await expect(store.close()).resolves.toBeUndefined();
    });
  });
}
