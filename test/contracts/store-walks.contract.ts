import type { Store } from '../../src/stores/store';
import type { FakeClock } from '../support/fake-clock';

const minuteMs = 60_000;
const thousand = Array.from({ length: 1000 }, (_, index) => index);

interface Subject {
  readonly store: Store;
  readonly clock: FakeClock;
}

/** The part of the store contract that speaks of walks over keys; `subject` gives the store of the running test. */
export function describeWalks(subject: () => Subject): void {
  describe('walks', () => {
    /** Every key that a walk gives, those given twice included. `between` runs after each part. */
    async function walk(prefix: string, limit: number, between?: () => Promise<void>): Promise<string[]> {
      const { store } = subject();
      const found: string[] = [];
      let after: string | undefined;
      do {
        const { keys, next } = await store.scan(prefix, after, limit);
        found.push(...keys);
        after = next;
        await between?.();
      } while (after !== undefined);
      return found;
    }

    function sorted(keys: Iterable<string>): string[] {
      return [...new Set(keys)].sort();
    }

    async function create(keys: readonly string[], ttlMs = minuteMs): Promise<void> {
      const { store, clock } = subject();
      for (let start = 0; start < keys.length; start += 500) {
        const part = keys.slice(start, start + 500);
        await Promise.all(part.map((key) => store.create(key, 'value', clock.nowMs() + ttlMs)));
      }
    }

    it('give nothing where there is nothing', async () => {
      expect(await walk('', 10)).toEqual([]);
      await subject().store.increment('counter', minuteMs);
      expect(await walk('', 10)).toEqual([]);
    });

    it('give the keys under a prefix and no others', async () => {
      const under = ['s:', 's:a', 's:é', 's:漢', 's:🔑', 's:\u0000', 's:{a}b', 's:*'];
      await create([...under, 's', 'S:a', 'r:a', 't:a', 'xs:a', 's;']);
      expect(sorted(await walk('s:', 3))).toEqual(sorted(under));
      expect(sorted(await walk('s:a', 3))).toEqual(['s:a']);
      expect(sorted(await walk('', 3))).toHaveLength(under.length + 6);
    });

    it('take no letter of a prefix for a pattern', async () => {
      await create(['a*b', 'axb', '[a]', 'a', '\\*', 'z?', 'zz', '^']);
      expect(await walk('a*', 10)).toEqual(['a*b']);
      expect(await walk('[a', 10)).toEqual(['[a]']);
      expect(await walk('\\', 10)).toEqual(['\\*']);
      expect(await walk('z?', 10)).toEqual(['z?']);
      expect(await walk('[^', 10)).toEqual([]);
    });

    it('are done in parts of bounded size', async () => {
      await create(thousand.map((n) => `key ${n}`));
      const { store } = subject();
      let parts = 0;
      const found = new Set<string>();
      let after: string | undefined;
      do {
        const { keys, next } = await store.scan('key ', after, 50);
        for (const key of keys) found.add(key);
        // A few more where the store walks in buckets.
        expect(keys.length).toBeLessThan(100);
        after = next;
        parts++;
      } while (after !== undefined);
      expect(found.size).toBe(1000);
      expect(parts).toBeGreaterThan(10);
    });

    it('find each of 10,000 keys', async () => {
      const keys = Array.from({ length: 10_000 }, (_, n) => `key ${n}`);
      await create(keys);
      expect(sorted(await walk('key ', 1000))).toEqual(sorted(keys));
    });

    it('never give what has expired, also when it expires on the way', async () => {
      const { store, clock } = subject();
      await create(
        thousand.map((n) => `short ${n}`),
        1000,
      );
      await create(
        thousand.map((n) => `long ${n}`),
        minuteMs,
      );
      const found: string[] = [];
      let after: string | undefined;
      let isPast = false;
      do {
        const { keys, next } = await store.scan('', after, 100);
        if (isPast) expect(keys.filter((key) => key.startsWith('short'))).toEqual([]);
        found.push(...keys);
        after = next;
        clock.advance(isPast ? 0 : 1000);
        isPast = true;
      } while (after !== undefined);
      expect(sorted(found.filter((key) => key.startsWith('long')))).toHaveLength(1000);
    });

    it('give what lives all the time, while others come and go', async () => {
      const { store, clock } = subject();
      const stable = thousand.map((n) => `stable ${n}`);
      await create([...stable, ...thousand.map((n) => `leaves ${n}`)]);
      let round = 0;
      const found = await walk('', 50, async () => {
        const n = round++;
        const changes = thousand
          .slice(0, 20)
          .flatMap((m) => [
            store.create(`comes ${n} ${m}`, 'value', clock.nowMs() + minuteMs),
            store.delete(`leaves ${(n * 20 + m) % 1000}`),
          ]);
        await Promise.all(round < 60 ? changes : []);
        const record = await store.read(`stable ${n % 1000}`);
        if (record) {
          await store.replace(`stable ${n % 1000}`, record.version, 'new', clock.nowMs() + minuteMs);
        }
      });
      expect(sorted(found.filter((key) => key.startsWith('stable')))).toEqual(sorted(stable));
    });

    it('refuse a limit, a prefix and a place that are none', async () => {
      const { store } = subject();
      for (const limit of [0, -1, 1.5, 1001, NaN]) {
        await expect(store.scan('', undefined, limit)).rejects.toThrow(RangeError);
      }
      await expect(store.scan('x'.repeat(257), undefined, 10)).rejects.toThrow(RangeError);
      await expect(store.scan('a\ud800', undefined, 10)).rejects.toThrow(RangeError);
      await expect(store.scan('', 'not a place!', 10)).rejects.toThrow(RangeError);
      await expect(store.scan('', '', 10)).rejects.toThrow(RangeError);
    });
  });
}
