import { type Store, StoreUnavailable } from '../src/stores/store';
import { RedisServer } from './servers/redis';
import { FakeClock } from './support/fake-clock';
import { eventually } from './support/ldap-logins';
import {
  connectedRedisStore,
  outcomeOf,
  outcomesOf,
  redisStore,
  untilAnswering,
} from './support/redis-stores';

const patient = { REDIS_COMMAND_TIMEOUT_MS: '10000' };
const laterMs = Date.now() + 3_600_000;
const ten = Array.from({ length: 10 }, (_, index) => index);

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start({ config: ['appendonly yes', 'appendfsync always'] });
});
afterAll(() => server.remove());
beforeEach(() => server.cli('flushall'));

async function versionOf(store: Store, key: string): Promise<number> {
  return (await store.read(key))?.version ?? NaN;
}

describe('two gateways with one Redis', () => {
  it('share records, versions and counters', async () => {
    const [one, two] = await Promise.all([
      connectedRedisStore({ ...patient, REDIS_URL: server.url }),
      connectedRedisStore({ ...patient, REDIS_URL: server.url }),
    ]);
    expect(await one.create('key', 'value', laterMs)).toBe(true);
    expect(await two.create('key', 'other', laterMs)).toBe(false);
    const read = await two.read('key');
    expect(read).toEqual({ value: 'value', version: await versionOf(one, 'key') });
    expect(await two.replace('key', read?.version ?? NaN, 'new', laterMs)).toBe(true);
    expect(await one.replace('key', read?.version ?? NaN, 'late', laterMs)).toBe(false);
    const hits = await Promise.all(
      ten.flatMap(() => [one.increment('c', 60_000), two.increment('c', 60_000)]),
    );
    expect(hits.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      [...Array(20).keys()].map((n) => n + 1),
    );
    expect((await two.scan('', undefined, 100)).keys).toEqual(['key']);
  });

  it('let one of 100 replacements of a version win', async () => {
    const [one, two] = await Promise.all([
      connectedRedisStore({ ...patient, REDIS_URL: server.url }),
      connectedRedisStore({ ...patient, REDIS_URL: server.url }),
    ]);
    await one.create('key', 'first', laterMs);
    const version = await versionOf(one, 'key');
    const all = [...Array(100).keys()];
    const outcomes = await Promise.all(
      all.map((n) => (n % 2 === 0 ? one : two).replace('key', version, `${n}`, laterMs)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await two.read('key'))?.value).toBe(`${outcomes.indexOf(true)}`);
  });

  it('keep apart what has another prefix', async () => {
    const one = await connectedRedisStore({ ...patient, REDIS_URL: server.url });
    const two = await connectedRedisStore({ ...patient, REDIS_URL: server.url, REDIS_KEY_PREFIX: 'other:' });
    await one.create('key', 'value', laterMs);
    expect(await two.read('key')).toBeUndefined();
    expect((await two.scan('', undefined, 100)).keys).toEqual([]);
    expect(await server.cli('keys', '*')).toBe('gatehouse:r:key\n');
  });

  it('lose no record to a clock that is ahead, and leave none behind', async () => {
    const clock = new FakeClock();
    const ahead = new FakeClock(clock.nowMs() + 4 * 60_000);
    const url = { ...patient, REDIS_URL: server.url };
    const one = await connectedRedisStore(url, [], clock);
    const two = await connectedRedisStore(url, [], ahead);
    const endMs = clock.nowMs() + 1000;
    await two.create('key', 'value', endMs);
    expect((await one.read('key'))?.value).toBe('value');
    const leftMs = Number(await server.cli('pttl', 'gatehouse:r:key'));
    expect(leftMs).toBeGreaterThan(10_000);
    expect(leftMs).toBeLessThanOrEqual(61_000);
    await one.increment('hit', 1000);
    expect(Number(await server.cli('pttl', 'gatehouse:c:hit'))).toBeGreaterThan(1000);
  });
});

describe('a Redis that was killed', () => {
  it('has every change that was acknowledged, with appendfsync always', async () => {
    const store = await connectedRedisStore({ ...patient, REDIS_URL: server.url });
    const acknowledged = new Map<string, number>();
    let changes = 0;
    async function storm(key: string): Promise<void> {
      await store.create(key, '0', laterMs);
      for (let n = 1; ; n++) {
        const record = await store.read(key);
        if (!(await store.replace(key, record?.version ?? NaN, `${n}`, laterMs))) throw new Error('lost');
        acknowledged.set(key, n);
        changes++;
      }
    }
    const storms = ten.map((n) => outcomeOf(storm(`key ${n}`)));
    await eventually(() => changes > 500, 20_000);
    await server.kill();
    for (const end of await Promise.all(storms)) expect(end).toBeInstanceOf(StoreUnavailable);
    await server.startAgain();
    await untilAnswering(store, 10_000);
    for (const [key, count] of acknowledged) {
      // At most the one change that was on its way may have happened without being acknowledged.
      expect([count, count + 1]).toContain(Number((await store.read(key))?.value));
    }
    expect(acknowledged.size).toBe(10);
  });

  it('is known again after it starts, its scripts too, and a walk goes on without losing a key', async () => {
    const logLines: string[] = [];
    const store = await connectedRedisStore({ ...patient, REDIS_URL: server.url }, logLines);
    const keys = Array.from({ length: 500 }, (_, n) => `key ${n}`);
    await Promise.all(keys.map((key) => store.create(key, 'value', laterMs)));
    const first = await store.scan('', undefined, 50);
    await server.kill();
    await eventually(() => logLines.join().includes('cannot be reached'));
    expect(await outcomeOf(store.read('key 1'))).toBeInstanceOf(StoreUnavailable);
    expect(await outcomeOf(store.scan('', first.next, 50))).toBeInstanceOf(StoreUnavailable);
    await server.startAgain();
    await untilAnswering(store, 10_000);
    const found = new Set(first.keys);
    for (let after = first.next; after !== undefined;) {
      const part = await store.scan('', after, 50);
      for (const key of part.keys) found.add(key);
      after = part.next;
    }
    expect(found.size).toBe(500);
    expect(await store.delete('key 1')).toBe(true);
    // The end of the connection, and the refusal of a new one; not each of the attempts.
    expect(logLines.filter((line) => line.includes('cannot be reached')).length).toBeLessThan(6);
  });

  it('answers 503 until it is there, also when it was not there at the start', async () => {
    await server.kill();
    const logLines: string[] = [];
    const store = redisStore({ ...patient, REDIS_URL: server.url }, logLines);
    expect(await outcomeOf(store.create('key', 'value', laterMs))).toBeInstanceOf(StoreUnavailable);
    await eventually(() => logLines.join().includes('ECONNREFUSED'));
    await server.startAgain();
    await untilAnswering(store, 10_000);
    expect(await store.create('key', 'value', laterMs)).toBe(true);
  });
});

describe('a Redis that misbehaves', () => {
  it('is given up within the time limit while it is frozen, and is back when it goes on', async () => {
    const store = await connectedRedisStore({ REDIS_COMMAND_TIMEOUT_MS: '200', REDIS_URL: server.url });
    await eventually(async () => (await outcomeOf(store.create('key', 'value', laterMs))) === true);
    server.pause();
    try {
      const startMs = performance.now();
      const verbs = [
        store.read('key'),
        store.increment('key', 1000),
        store.delete('other'),
        store.scan('', undefined, 9),
      ];
      for (const verb of outcomesOf(verbs)) expect(await verb).toBeInstanceOf(StoreUnavailable);
      const tookMs = performance.now() - startMs;
      expect(tookMs).toBeGreaterThan(150);
      expect(tookMs).toBeLessThan(3000);
      // Past the silence after which the connection itself is given up.
      await eventually(async () => isDisconnected(await outcomeOf(store.read('key'))));
    } finally {
      server.resume();
    }
    await untilAnswering(store, 10_000);
    expect((await store.read('key'))?.value).toBe('value');
  });

  it('is left and sought again when it takes no writes, as an old primary does', async () => {
    const logLines: string[] = [];
    const store = await connectedRedisStore({ ...patient, REDIS_URL: server.url }, logLines);
    await store.create('key', 'value', laterMs);
    await server.cli('replicaof', '127.0.0.1', '1');
    const outcome = await outcomeOf(store.delete('key'));
    expect(String(outcome)).toBe('StoreUnavailable: store: Redis answered READONLY');
    await server.cli('replicaof', 'no', 'one');
    await eventually(async () => (await outcomeOf(store.delete('key'))) === true, 10_000);
    expect(logLines.filter((line) => line.includes('is connected')).length).toBeGreaterThan(1);
  });

  it('may forget its scripts', async () => {
    const store = await connectedRedisStore({ ...patient, REDIS_URL: server.url });
    for (const round of [1, 2]) {
      await server.cli('script', 'flush');
      expect(await store.create(`key ${round}`, 'value', laterMs)).toBe(true);
      expect((await store.increment('hit', 60_000)).count).toBe(round);
    }
  });

  it('is no store when fewer replicas than demanded have a change, which may be there all the same', async () => {
    const env = { REDIS_COMMAND_TIMEOUT_MS: '2000', REDIS_URL: server.url, REDIS_WAIT_REPLICAS: '1' };
    const store = await connectedRedisStore(env);
    const outcome = await outcomeOf(store.create('key', 'value', laterMs));
    expect(String(outcome)).toContain('0 of 1 replicas');
    expect((await store.read('key'))?.value).toBe('value');
    expect((await store.increment('hit', 1000)).count).toBe(1);
  });

  it('may hold something else under a key', async () => {
    const store = await connectedRedisStore({ ...patient, REDIS_URL: server.url });
    await server.cli('set', 'gatehouse:r:key', 'canary');
    for (const verb of outcomesOf([
      store.read('key'),
      store.create('key', 'canary', laterMs),
      store.delete('key'),
    ])) {
      const outcome = await verb;
      expect(outcome).toBeInstanceOf(StoreUnavailable);
      expect(JSON.stringify(outcome) + String(outcome)).toMatch(/^(?!.*canary).*WRONGTYPE/);
    }
  });
});

it('refuses every verb once it is closed', async () => {
  const store = await connectedRedisStore({ ...patient, REDIS_URL: server.url });
  await store.close();
  for (const verb of outcomesOf([store.read('key'), store.delete('key'), store.scan('', undefined, 1)])) {
    expect(String(await verb)).toBe('StoreUnavailable: store: closed');
  }
});

it.each([
  ['single', 'redis://127.0.0.1:1'],
  ['sentinel', 'redis://127.0.0.1:1,redis://127.0.0.1:2'],
  ['cluster', 'redis://127.0.0.1:1,redis://127.0.0.1:2'],
])(
  'fails at once while there is nobody, in mode %s, and ends its attempts when it is closed',
  async (mode, url) => {
    const logLines: string[] = [];
    const store = redisStore(
      { ...patient, REDIS_MODE: mode, REDIS_URL: url, REDIS_WAIT_REPLICAS: '1' },
      logLines,
    );
    const verbs = [store.create('key', 'value', laterMs), store.delete('key'), store.increment('hit', 1)];
    for (const outcome of await Promise.all(outcomesOf(verbs))) {
      expect(outcome).toBeInstanceOf(StoreUnavailable);
    }
    await eventually(() => logLines.join().includes('cannot be reached'));
    await expect(store.scan('', undefined, 1)).rejects.toThrow(StoreUnavailable);
    await store.close();
    expect(logLines.length).toBeLessThan(11);
  },
);

function isDisconnected(outcome: unknown): boolean {
  return outcome instanceof StoreUnavailable && outcome.message === 'store: not connected';
}
