import { type Store, StoreUnavailable } from '../src/stores/store';
import { RedisCluster } from './servers/redis-cluster';
import { RedisSentinels } from './servers/redis-sentinel';
import { eventually } from './support/ldap-logins';
import { connectedRedisStore, outcomeOf, untilAnswering } from './support/redis-stores';

const laterMs = Date.now() + 3_600_000;
const ten = Array.from({ length: 10 }, (_, index) => index);

/** Replaces a key again and again until it is told to stop. `versions` gets those of all that it has replaced. */
async function changeUntil(
  isOver: () => boolean,
  store: Store,
  { key, versions }: { readonly key: string; readonly versions: number[] },
): Promise<void> {
  for (let n = 0; !isOver(); n++) {
    const record = await outcomeOf(store.read(key));
    if (record instanceof StoreUnavailable) await new Promise((resolve) => setTimeout(resolve, 5));
    else if (record === undefined) await outcomeOf(store.create(key, `${n}`, laterMs));
    else if ((await outcomeOf(store.replace(key, record.version, `${n}`, laterMs))) === true) {
      versions.push(record.version);
    }
  }
}

describe('a primary behind Sentinels that is killed', () => {
  let sentinels: RedisSentinels;
  beforeAll(async () => void (sentinels = await RedisSentinels.start()), 60_000);
  afterAll(() => sentinels.remove());

  it('is followed by its replica within 10 s; errors are StoreUnavailable, and no version comes twice', async () => {
    const env = { REDIS_MODE: 'sentinel', REDIS_URL: sentinels.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
    const store = await connectedRedisStore(env);
    let isOver = false;
    const writers = ten.map((n) => ({ key: `key ${n}`, versions: new Array<number>() }));
    const changes = writers.map((writer) => changeUntil(() => isOver, store, writer));
    const haveChanged = (times: number) => writers.every(({ versions }) => versions.length >= times);
    await eventually(() => haveChanged(50), 20_000);
    const before = Math.max(...writers.map(({ versions }) => versions.length));
    const killedAtMs = performance.now();
    await sentinels.primary.kill();
    await eventually(async () => (await outcomeOf(store.read('key 1'))) instanceof StoreUnavailable);
    let tries = 0;
    await eventually(
      async () => (await outcomeOf(store.create(`new ${tries++}`, 'value', laterMs))) === true,
      20_000,
    );
    expect(performance.now() - killedAtMs).toBeLessThan(10_000);
    const recovered = await outcomeOf(store.increment('after', 60_000));
    expect(recovered).toMatchObject({ count: 1 });
    await eventually(() => haveChanged(before + 50), 20_000);
    isOver = true;
    await Promise.all(changes);
    for (const { versions } of writers) {
      expect(new Set(versions).size).toBe(versions.length);
    }
  }, 60_000);
});

describe('a primary behind Sentinels that is frozen', () => {
  let sentinels: RedisSentinels;
  beforeAll(async () => void (sentinels = await RedisSentinels.start()), 60_000);
  afterAll(() => sentinels.remove());

  it('is left for its replica, with what had reached that one', async () => {
    const env = { REDIS_MODE: 'sentinel', REDIS_URL: sentinels.url, REDIS_WAIT_REPLICAS: '1' };
    const store = await connectedRedisStore({ ...env, REDIS_COMMAND_TIMEOUT_MS: '1000' });
    expect(await store.create('key', 'value', laterMs)).toBe(true);
    sentinels.primary.pause();
    const frozenAtMs = performance.now();
    expect(await outcomeOf(store.read('key'))).toBeInstanceOf(StoreUnavailable);
    await untilAnswering(store, 20_000, 'key');
    expect(performance.now() - frozenAtMs).toBeLessThan(10_000);
    expect((await store.read('key'))?.value).toBe('value');
    // The only replica that is left is frozen.
    expect(await outcomeOf(store.create('other', 'value', laterMs))).toBeInstanceOf(StoreUnavailable);
    // What another gateway has done and could not vouch for is not vouched for either by who finds it done.
    const other = await connectedRedisStore({ ...env, REDIS_COMMAND_TIMEOUT_MS: '1000' });
    await eventually(async () => {
      expect(await outcomeOf(store.delete('key'))).toBeInstanceOf(StoreUnavailable);
      return (await outcomeOf(other.read('key'))) === undefined;
    }, 20_000);
    expect(await outcomeOf(other.delete('key'))).toBeInstanceOf(StoreUnavailable);
  }, 60_000);
});

describe('a primary behind Sentinels that was frozen and is back', () => {
  let sentinels: RedisSentinels;
  beforeAll(async () => void (sentinels = await RedisSentinels.start()), 60_000);
  afterAll(() => sentinels.remove());

  it('is not read from by a gateway that had no reason to notice', async () => {
    const env = { REDIS_MODE: 'sentinel', REDIS_URL: sentinels.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
    const idleLog: string[] = [];
    const idle = await connectedRedisStore(env, idleLog);
    const busy = await connectedRedisStore(env);
    expect(await busy.create('session', 'value', laterMs)).toBe(true);
    sentinels.primary.pause();
    await untilAnswering(busy, 20_000, 'session');
    expect(await busy.delete('session')).toBe(true);
    const connections = () => idleLog.filter((line) => line.includes('is connected')).length;
    await eventually(() => connections() > 1, 20_000);
    sentinels.primary.resume();
    // It still takes itself for the primary, and has the record.
    expect(await sentinels.primary.cli('exists', 'gatehouse:r:session')).toContain('1');
    expect(await idle.read('session')).toBeUndefined();
  }, 60_000);
});

describe('a node of a Cluster that is killed', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await RedisCluster.start()), 60_000);
  afterAll(() => cluster.remove());

  it('counts the replicas of the node that has the key', async () => {
    const env = { REDIS_MODE: 'cluster', REDIS_URL: cluster.url };
    const patient = { ...env, REDIS_COMMAND_TIMEOUT_MS: '2000', REDIS_KEY_PREFIX: 'waits:' };
    const plain = await connectedRedisStore(patient);
    for (const n of ten) await plain.create(`before ${n}`, 'value', laterMs);
    const store = await connectedRedisStore({ ...patient, REDIS_WAIT_REPLICAS: '1' });
    // One after the other: the next would have to wait for the end of the one before.
    for (const key of ['a', 'b']) {
      const outcome = eventually(async () => isShort(await outcomeOf(store.create(key, 'value', laterMs))));
      const startMs = performance.now();
      expect(await store.read('before 1')).toBeDefined();
      expect(performance.now() - startMs).toBeLessThan(900);
      await outcome;
      expect((await store.read(key))?.value).toBe('value');
    }
  });

  it('takes only its own keys along, and gives them back when it starts', async () => {
    const env = { REDIS_MODE: 'cluster', REDIS_URL: cluster.url, REDIS_COMMAND_TIMEOUT_MS: '1000' };
    const store = await connectedRedisStore(env);
    const keys = Array.from({ length: 60 }, (_, n) => `key ${n}`);
    for (const key of keys) expect(await store.create(key, 'value', laterMs)).toBe(true);
    const lost = await cluster.nodeOf('gatehouse:r:key 0');
    const others = await Promise.all(
      keys.map(async (key) => (await cluster.nodeOf(`gatehouse:r:${key}`)) !== lost),
    );
    const first = await store.scan('', undefined, 5);
    await lost.kill();
    await eventually(async () => (await outcomeOf(store.read('key 0'))) instanceof StoreUnavailable);
    for (const [index, key] of keys.entries()) {
      const outcome = await outcomeOf(store.read(key));
      if (others[index]) expect(outcome).toMatchObject({ value: 'value' });
      else expect(outcome).toBeInstanceOf(StoreUnavailable);
    }
    expect(others.filter(Boolean).length).toBeGreaterThan(20);
    await expect(walkFrom(store, first.next)).rejects.toThrow(StoreUnavailable);
    await lost.startAgain();
    await Promise.all(keys.map((key) => untilAnswering(store, 15_000, key)));
    await eventually(async () => Array.isArray(await outcomeOf(walkFrom(store, first.next))), 10_000);
    const found = new Set([...first.keys, ...(await walkFrom(store, first.next))]);
    expect([...found].sort()).toEqual([...keys].sort());
  }, 60_000);
});

describe('a slot of a Cluster that moves to another node', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await RedisCluster.start()), 60_000);
  afterAll(() => cluster.remove());

  it('is found there, at the next change at the latest', async () => {
    const env = { REDIS_MODE: 'cluster', REDIS_URL: cluster.url, REDIS_COMMAND_TIMEOUT_MS: '2000' };
    const plain = await connectedRedisStore(env);
    const waiting = await connectedRedisStore({ ...env, REDIS_WAIT_REPLICAS: '1' });
    await cluster.moveEmptySlotOf('gatehouse:r:moves');
    // Until the nodes agree, each sends the caller to the other, which is an outage of that moment.
    await eventually(async () => (await outcomeOf(plain.create('moves', 'value', laterMs))) === true, 20_000);
    // What waits for replicas goes to the old node once; that it is short of replicas then shows that it was let in.
    await eventually(async () => isShort(await outcomeOf(waiting.delete('moves'))), 20_000);
    expect(await plain.read('moves')).toBeUndefined();
  }, 60_000);
});

async function walkFrom(store: Store, after: string | undefined): Promise<string[]> {
  const found: string[] = [];
  for (let place = after; place !== undefined;) {
    const { keys, next } = await store.scan('', place, 5);
    found.push(...keys);
    place = next;
  }
  return found;
}

function isShort(outcome: unknown): boolean {
  return outcome instanceof StoreUnavailable && outcome.message.includes('0 of 1 replicas');
}
