/**
 * A second process on an embedded store, for `stores.spec.ts` and `stores-opening.spec.ts`: `store-process.ts <task> <path>`.
 * It writes to standard output without a buffer: what the test has read was acknowledged before.
 */
import { writeSync } from 'node:fs';
import { open } from 'lmdb';
import { SystemClock } from '../../src/common/clock';
import { describeError } from '../../src/common/system-error';
import { LmdbStore } from '../../src/stores/lmdb.store';
import { WindowCounters } from '../../src/stores/window-counters';

const clock = new SystemClock();
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const ordinaryUser = 65_534;
const expiresAtMs = clock.nowMs() + 3_600_000;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function openStore(path: string): LmdbStore {
  return LmdbStore.open({ path, clock, logger: silent, counters: new WindowCounters(clock, 1000) });
}

/** Adds one to the number under the key. False when somebody else was quicker. */
async function addOne(store: LmdbStore, key: string): Promise<number | false> {
  const record = await store.read(key);
  if (!record) return (await store.create(key, '1', expiresAtMs)) ? 1 : false;
  const next = Number(record.value) + 1;
  return (await store.replace(key, record.version, `${next}`, expiresAtMs)) ? next : false;
}

/** Counts up 16 keys for ever, and says each number that was acknowledged. */
async function storm(path: string): Promise<void> {
  const store = openStore(path);
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    for (;;) say(`${writer} ${await addOne(store, `key ${writer}`)}`);
  });
  await Promise.all(writers);
}

/** Adds 300 to one key that others add to as well, with 8 writers. */
async function add(path: string): Promise<void> {
  const store = openStore(path);
  let acknowledged = 0;
  const writers = Array.from({ length: 8 }, async () => {
    while (acknowledged < 300) if (await addOne(store, 'shared')) acknowledged++;
  });
  await Promise.all(writers);
  await store.close();
  say(`${acknowledged}`);
}

/** Adds one to one key, once. */
async function addOnce(path: string): Promise<void> {
  const store = openStore(path);
  await addOne(store, 'shared');
  await store.close();
}

/** Takes the write lock and never gives it back, as a process does that was stopped at the wrong moment. */
function hold(path: string): void {
  const root = open({ path, overlappingSync: false, noSubdir: false });
  root.transactionSync(() => {
    say('held');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

/** Writes, 8 at a time, until no file may grow any more (`ulimit -f` stands in for a full disk), and on for a while. */
async function fill(path: string): Promise<void> {
  const store = openStore(path);
  await store.create('first', 'value', expiresAtMs);
  const kept: string[] = [];
  const failures: unknown[] = [];
  const write = async (key: string): Promise<void> => {
    try {
      if (await store.create(key, 'x'.repeat(60_000), expiresAtMs)) kept.push(key);
    } catch (error) {
      failures.push(error);
    }
  };
  for (let round = 0; round < 30; round++) {
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => write(`key ${round} ${n}`)));
  }
  const [failure] = failures;
  say(`${failure instanceof Error ? failure.name : ''}: ${describeError(failure)}`);
  const lost = (await Promise.all(kept.map((key) => store.read(key)))).filter((record) => !record);
  say(`lost ${lost.length}`);
  say(`deleted ${await store.delete(kept[0] ?? '')}`);
  say(`created ${await store.create('small', 'value', expiresAtMs)}`);
  await store.close();
}

/** Opens it as an ordinary user, which whoever runs the tests need not be, and says how that went. */
function openOrdinarily(path: string): void {
  if (process.geteuid?.() === 0) process.setuid?.(ordinaryUser);
  try {
    openStore(path);
    say('opened');
  } catch (error) {
    say(describeError(error));
  }
  process.exit(0);
}

/** Ends in the middle of a write: lmdb waits for this thread to run its action. */
async function exit(path: string): Promise<void> {
  const store = openStore(path);
  await store.create('before', 'value', expiresAtMs);
  void store.create('under way', 'value', expiresAtMs);
  setImmediate(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    process.exit(3);
  });
}

const tasks: Record<string, (path: string) => unknown> = {
  ...{ storm, add, addOnce, hold, fill, exit, openOrdinarily },
};
const [task = '', path = ''] = process.argv.slice(2);
void tasks[task]?.(path);
