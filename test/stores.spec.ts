import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LmdbStore } from '../src/stores/lmdb.store';
import { MemoryStore } from '../src/stores/memory.store';
import { StoreUnavailable } from '../src/stores/store';
import { WindowCounters } from '../src/stores/window-counters';
import { describeStoreContract } from './contracts/store.contract';
import { FakeClock } from './support/fake-clock';

const minuteMs = 60_000;
const base = mkdtempSync(join(tmpdir(), 'gatehouse-stores-'));
let folders = 0;
const children: ChildProcess[] = [];

function newFolder(): string {
  return join(base, `${++folders}`, 'store');
}

const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };

function openStore(
  path: string,
  clock = new FakeClock(),
  more: { writeTimeoutMs?: number; maxBytes?: number } = {},
) {
  return LmdbStore.open({ path, clock, logger, counters: new WindowCounters(clock, 1000), ...more });
}

/** Runs one of the tasks of `store-process.ts`. */
function start(task: string, path: string, before = ''): ChildProcess {
  const args = ['-r', join(__dirname, 'support/typescript.cjs'), join(__dirname, 'support/store-process.ts')];
  const words = [process.execPath, ...args, task, path].map((word) => `'${word}'`).join(' ');
  const child = spawn('sh', ['-c', `${before} exec ${words}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (!child.stdout) throw new Error('the child has no output');
  return createInterface({ input: child.stdout });
}

async function outputOf(child: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(child)) lines.push(line);
  return lines;
}

async function firstLineOf(child: ChildProcess): Promise<string> {
  for await (const line of linesOf(child)) return line;
  throw new Error('the child said nothing');
}

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

describeStoreContract('MemoryStore', (clock) => Promise.resolve(new MemoryStore({ clock })));
describeStoreContract('LmdbStore', (clock) => Promise.resolve(openStore(newFolder(), clock)));

describe('MemoryStore', () => {
  it('refuses creation while it is full of live records, and goes on when some have expired', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore({ clock, maxRecords: 2 });
    await store.create('a', 'value', clock.nowMs() + minuteMs);
    await store.create('b', 'value', clock.nowMs() + 2 * minuteMs);
    await expect(store.create('c', 'value', clock.nowMs() + minuteMs)).rejects.toThrow(StoreUnavailable);
    expect(await store.create('b', 'value', clock.nowMs() + minuteMs)).toBe(false);
    clock.advance(minuteMs);
    expect(await store.create('c', 'value', clock.nowMs() + minuteMs)).toBe(true);
    expect((await store.read('b'))?.value).toBe('value');
  });

  it('answers nothing once it is closed', async () => {
    const store = new MemoryStore({ clock: new FakeClock() });
    await store.close();
    await expect(store.read('key')).rejects.toThrow(StoreUnavailable);
  });
});

describe('LmdbStore', () => {
  const clock = new FakeClock();
  const laterMs = clock.nowMs() + 60 * minuteMs;

  it('keeps records and versions over a restart', async () => {
    const path = newFolder();
    const first = openStore(path);
    await first.create('key', 'value', laterMs);
    const before = await first.read('key');
    await first.delete('gone');
    await first.close();
    const second = openStore(path);
    expect(await second.read('key')).toEqual(before);
    await second.create('new', 'value', laterMs);
    expect((await second.read('new'))?.version).toBeGreaterThan(before?.version ?? Infinity);
    await second.close();
  });

  it('makes the folder 0700 and its files 0600', async () => {
    const path = newFolder();
    const store = openStore(path);
    await store.create('key', 'value', laterMs);
    const modes = [path, join(path, 'data.mdb'), join(path, 'lock.mdb')].map(
      (at) => statSync(at).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    await store.close();
  });

  it('lets the writes that run end when it closes, and answers nothing after', async () => {
    const path = newFolder();
    const store = openStore(path);
    const writes = Array.from({ length: 100 }, (_, n) => store.create(`key ${n}`, 'value', laterMs));
    await store.close();
    expect(await Promise.all(writes)).toEqual(writes.map(() => true));
    await expect(store.create('late', 'value', laterMs)).rejects.toThrow(StoreUnavailable);
    await expect(store.read('key 1')).rejects.toThrow(StoreUnavailable);
    expect(await store.sweep()).toBe(0);
    const again = openStore(path);
    expect((await again.read('key 99'))?.value).toBe('value');
    await again.close();
  });

  it('can be opened twice in one process; closing one leaves the other open', async () => {
    const path = newFolder();
    const [one, two] = [openStore(path), openStore(path)];
    await one.create('key', 'value', laterMs);
    expect((await two.read('key'))?.value).toBe('value');
    await one.close();
    expect(await two.delete('key')).toBe(true);
    expect(await two.create('other', 'value', laterMs)).toBe(true);
    await two.close();
  });

  describe('with other processes', () => {
    it('loses no acknowledged write to kill -9', async () => {
      const path = newFolder();
      let acknowledgedInAll = 0;
      for (let round = 0; round < 10; round++) {
        const child = start('storm', path);
        const acknowledged = new Map<string, number>();
        let lines = 0;
        for await (const line of linesOf(child)) {
          const [writer = '', count] = line.split(' ');
          acknowledged.set(writer, Number(count));
          if (++lines === 200 + 37 * round) child.kill('SIGKILL');
        }
        acknowledgedInAll += lines;
        const store = openStore(path);
        for (const [writer, count] of acknowledged) {
          const kept = Number((await store.read(`key ${writer}`))?.value);
          // At most the one write that was on its way may have happened without being acknowledged.
          expect([count, count + 1]).toContain(kept);
        }
        await store.close();
      }
      expect(acknowledgedInAll).toBeGreaterThan(3000);
    }, 60_000);

    it('reads what another process has just been acknowledged, within one turn of the event loop too', async () => {
      const path = newFolder();
      const store = openStore(path);
      expect(await store.read('shared')).toBeUndefined();
      for (const count of ['1', '2']) {
        const args = [
          '-r',
          join(__dirname, 'support/typescript.cjs'),
          join(__dirname, 'support/store-process.ts'),
        ];
        // Nothing but promises from the read before on, so that the turn does not end.
        execFileSync(process.execPath, [...args, 'addOnce', path]);
        expect((await store.read('shared'))?.value).toBe(count);
      }
      await store.close();
    });

    it('loses no update between two processes', async () => {
      const path = newFolder();
      const [one, two] = await Promise.all([outputOf(start('add', path)), outputOf(start('add', path))]);
      const store = openStore(path);
      const total = Number((await store.read('shared'))?.value);
      expect(total).toBeGreaterThanOrEqual(600);
      expect(total).toBe(Number(one[0]) + Number(two[0]));
      await store.close();
    });

    it('answers in time while another process holds the lock, and goes on when that one is killed', async () => {
      const path = newFolder();
      const store = openStore(path, clock, { writeTimeoutMs: 300 });
      await store.create('key', 'value', laterMs);
      const holder = start('hold', path);
      expect(await firstLineOf(holder)).toBe('held');
      await expect(store.create('other', 'value', laterMs)).rejects.toThrow(/no answer within 300 ms/);
      await expect(store.delete('key')).rejects.toThrow(/has not ended yet/);
      expect((await store.read('key'))?.value).toBe('value');
      const killed = once(holder, 'exit');
      holder.kill('SIGKILL');
      await killed;
      // The write that waited gets the lock now, and with its end the store takes writes again.
      await untilTrue(() => store.delete('key').catch(() => false));
      expect((await store.read('other'))?.value).toBe('value');
      await store.close();
    });

    it('is left free by a process that exits in the middle of a write', async () => {
      const path = newFolder();
      const child = start('exit', path);
      await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
      const store = openStore(path, clock, { writeTimeoutMs: 5000 });
      expect(await store.create('after', 'value', laterMs)).toBe(true);
      expect((await store.read('before'))?.value).toBe('value');
      await store.close();
    });

    it('becomes StoreUnavailable while the disk is full, loses nothing and goes on after', async () => {
      const [failure, ...after] = await outputOf(start('fill', newFolder(), 'ulimit -f 2048;'));
      expect(failure).toMatch(/^StoreUnavailable: .*could not write to the file: \w/);
      expect(after).toEqual(['lost 0', 'deleted true', 'created true']);
    });
  });
});

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
