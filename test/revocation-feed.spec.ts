import { longestAccessTokenSeconds } from '../src/config/key-settings';
import { type RevocationCursor, RevocationFeed } from '../src/sessions/revocation-feed';
import type { RevocationEntry } from '../src/sessions/revocation-records';
import { MemoryStore } from '../src/stores/memory.store';
import { type Store, StoreUnavailable } from '../src/stores/store';
import { RedisCluster } from './servers/redis-cluster';
import { FakeClock } from './support/fake-clock';
import { connectedRedisStore } from './support/redis-stores';

const minuteMs = 60_000;

function feedOn(store: Store, clock: FakeClock, ttlSeconds = 900): RevocationFeed {
  return new RevocationFeed(store, clock, {
    ACCESS_TOKEN_TTL_SECONDS: ttlSeconds,
    REVOCATION_FEED: 'public',
  });
}

function sidsOf(entries: readonly RevocationEntry[]): string[] {
  return entries.flatMap((entry) => ('sid' in entry ? [entry.sid] : []));
}

/** Follows a feed as a resource server does, page after page. */
class Follower {
  readonly sids = new Set<string>();
  cursor: RevocationCursor | undefined;

  constructor(private readonly feed: RevocationFeed) {}

  async poll(): Promise<number> {
    let given = 0;
    for (let more = true; more;) {
      const page = await this.feed.since(this.cursor);
      for (const sid of sidsOf(page.entries)) this.sids.add(sid);
      given += page.entries.length;
      ({ next: this.cursor, more } = page);
    }
    return given;
  }
}

describe('RevocationFeed', () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let feed: RevocationFeed;

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryStore({ clock });
    feed = feedOn(store, clock);
  });

  it('keeps an entry until every token that it concerns has expired, and no longer', async () => {
    await feed.append([{ sid: 'a' }]);
    clock.advance(900_000 + minuteMs - 1);
    const [entry] = (await feed.since()).entries;
    expect(entry).toEqual({ sid: 'a', exp: (clock.nowMs() + 1) / 1000 });
    clock.advance(1);
    expect((await feed.since()).entries).toEqual([]);
  });

  it('stays whole with several writers and readers at the same time, and with few writes', async () => {
    const writes = jest.spyOn(store, 'replace');
    const replicas = Array.from({ length: 6 }, () => feedOn(store, clock));
    const follower = new Follower(feedOn(store, clock));
    const expected: string[] = [];
    for (let second = 0; second < 150; second++) {
      const appended = replicas.flatMap((replica, r) =>
        Array.from({ length: 50 }, (_, n) => {
          expected.push(`${second}-${r}-${n}`);
          return replica.append([{ sid: `${second}-${r}-${n}` }]);
        }),
      );
      if (second % 7 === 0) await follower.poll();
      await Promise.all(appended);
      clock.advance(1000);
    }
    await follower.poll();
    expect([...follower.sids].sort()).toEqual(expected.sort());
    expect(writes.mock.calls.length).toBeLessThan(expected.length / 5);
    for (const [, , value] of writes.mock.calls) expect(value.length).toBeLessThan(300_000);
    const late = new Follower(feedOn(store, clock));
    expect(await late.poll()).toBeGreaterThan(expected.length - 1);
    expect([...late.sids].sort()).toEqual(expected.sort());
  });

  it('has no gap when the clocks of replicas differ by seconds, in either direction', async () => {
    for (const skewMs of [-8000, -1500, 1500, 8000]) {
      const theirs = new FakeClock(clock.nowMs() + skewMs);
      const writer = feedOn(store, theirs);
      const follower = new Follower(feed);
      for (let n = 0; n < 200; n++) {
        await writer.append([{ sid: `${skewMs}/${n}` }]);
        await follower.poll();
        for (const one of [clock, theirs]) one.advance(1100);
      }
      await follower.poll();
      const seen = [...follower.sids].filter((sid) => sid.startsWith(`${skewMs}/`));
      expect([skewMs, seen.length]).toEqual([skewMs, 200]);
    }
  });

  it('gives an entry that another replica has written late into an older minute', async () => {
    clock.set(Date.UTC(2026, 0, 1, 0, 0, 59));
    const slowClock = new FakeClock(clock.nowMs());
    const follower = new Follower(feed);
    await follower.poll();
    clock.advance(15_000);
    await feed.append([{ sid: 'in time' }]);
    await follower.poll();
    await feedOn(store, slowClock).append([{ sid: 'late' }]);
    clock.advance(1000);
    await follower.poll();
    expect([...follower.sids].sort()).toEqual(['in time', 'late']);
  });

  it('gives what was written after the clock of the machine was set back', async () => {
    const follower = new Follower(feed);
    await follower.poll();
    clock.advance(5 * minuteMs);
    await follower.poll();
    clock.advance(-5 * minuteMs);
    await feedOn(store, clock).append([{ sid: 'a' }]);
    clock.advance(1000);
    await follower.poll();
    expect([...follower.sids]).toEqual(['a']);
  });

  it('gives what took so long to be written that its minute was over', async () => {
    const slowly = new MemoryStore({ clock });
    const follower = new Follower(feedOn(slowly, clock));
    const create = slowly.create.bind(slowly);
    jest.spyOn(slowly, 'create').mockImplementationOnce(async (...record) => {
      clock.advance(3 * minuteMs);
      await follower.poll();
      return create(...record);
    });
    await feedOn(slowly, clock).append([{ sid: 'a' }]);
    clock.advance(1000);
    await follower.poll();
    expect([...follower.sids]).toEqual(['a']);
  });

  it('gives what was written while tokens lived longer than now', async () => {
    await feedOn(store, clock, longestAccessTokenSeconds).append([{ sid: 'a' }]);
    clock.advance((longestAccessTokenSeconds - 1) * 1000);
    expect(sidsOf((await feed.since()).entries)).toEqual(['a']);
  });

  it('gives everything to a cursor that is older than what is kept, page by page', async () => {
    const sids = Array.from({ length: 25_000 }, (_, n) => `session-${n}`);
    for (let from = 0; from < sids.length; from += 500) {
      await feed.append(sids.slice(from, from + 500).map((sid) => ({ sid })));
      clock.advance(100);
    }
    const first = await feed.since({ sinceSeconds: 1 });
    expect([first.entries.length, first.more]).toEqual([10_000, true]);
    const follower = new Follower(feed);
    follower.cursor = { sinceSeconds: 1 };
    expect(await follower.poll()).toBe(sids.length);
    expect(follower.sids.size).toBe(sids.length);
    expect(follower.cursor.givenUntilMs).toBeUndefined();
  });

  it('moves its cursor once a minute only while nothing happens', async () => {
    clock.set(Date.UTC(2026, 0, 1, 0, 0, 5));
    const seen = new Set<number>();
    let { next } = await feed.since();
    for (let n = 0; n < 5; n++) {
      clock.advance(10_000);
      seen.add((next = (await feed.since(next)).next).sinceSeconds);
    }
    expect(seen.size).toBe(1);
    clock.advance(minuteMs);
    expect((await feed.since(next)).next.sinceSeconds).toBe(next.sinceSeconds + 60);
  });

  it('reads a minute at most once a second, and what is over never again', async () => {
    await feed.append([{ sid: 'a' }]);
    clock.advance(5 * minuteMs);
    await feed.since();
    const reads = jest.spyOn(store, 'read');
    await Promise.all(Array.from({ length: 100 }, () => feed.since()));
    expect(reads).toHaveBeenCalledTimes(0);
    clock.advance(1000);
    await Promise.all(Array.from({ length: 100 }, () => feed.since()));
    expect(reads.mock.calls.length).toBeLessThanOrEqual(3 * 4);
  });

  it('refuses to acknowledge what it could not write, and goes on afterwards', async () => {
    jest.spyOn(store, 'create').mockRejectedValueOnce(new StoreUnavailable('test'));
    await expect(feed.append([{ sid: 'lost' }])).rejects.toThrow(StoreUnavailable);
    await feed.append([{ sid: 'kept' }]);
    expect(sidsOf((await feed.since()).entries)).toEqual(['kept']);
  });

  it('fills a part that a store has lost before it writes behind it', async () => {
    const batch = Array.from({ length: 500 }, (_, n) => ({ sid: `session-${n}-${'x'.repeat(40)}` }));
    await feed.append(batch);
    await feed.append(batch);
    const { keys } = await store.scan('revocations:', undefined, 1000);
    expect(keys).toHaveLength(2);
    await Promise.all(keys.map((key) => store.delete(key)));
    await feed.append([{ sid: 'after' }]);
    expect(sidsOf((await feedOn(store, clock).since()).entries)).toContain('after');
  });

  it('writes nothing where it is off', async () => {
    const off = new RevocationFeed(store, clock, { ACCESS_TOKEN_TTL_SECONDS: 900, REVOCATION_FEED: 'off' });
    await off.append([{ sid: 'a' }]);
    expect((await store.scan('revocations:', undefined, 1000)).keys).toEqual([]);
  });
});

describe('RevocationFeed on a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
  }, 60_000);
  afterAll(() => cluster.remove());

  it('is shared by all replicas', async () => {
    const clock = new FakeClock(Date.now());
    const env = { REDIS_MODE: 'cluster', REDIS_URL: cluster.url, REDIS_COMMAND_TIMEOUT_MS: '10000' };
    const stores = await Promise.all([1, 2, 3].map(() => connectedRedisStore(env, [], clock)));
    const feeds = stores.map((store) => feedOn(store, clock));
    const sids = Array.from({ length: 300 }, (_, n) => `session-${n}`);
    await Promise.all(
      feeds.flatMap((feed, f) => sids.filter((_, n) => n % 3 === f).map((sid) => feed.append([{ sid }]))),
    );
    for (const feed of feeds) expect(sidsOf((await feed.since()).entries).sort()).toEqual([...sids].sort());
  });
});
