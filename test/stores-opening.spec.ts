import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { LmdbStore } from '../src/stores/lmdb.store';
import { WindowCounters } from '../src/stores/window-counters';
import { FakeClock } from './support/fake-clock';
import { temporaryFolder } from './support/gateway';

jest.setTimeout(60_000);

const isRoot = process.geteuid?.() === 0;
const ordinaryUser = 65_534;
const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
const clock = new FakeClock();

function newFolder(): string {
  return join(temporaryFolder(), 'below', 'store');
}

function openStore(path: string): LmdbStore {
  return LmdbStore.open({ path, clock, logger, counters: new WindowCounters(clock, 1000) });
}

/** A store of a user who is not root: to root nothing is closed. */
async function ordinaryFolder(): Promise<string> {
  const path = newFolder();
  await openStore(path).close();
  const files = ['data.mdb', 'lock.mdb'].map((name) => join(path, name));
  const folders = [dirname(dirname(path)), dirname(path), path];
  if (isRoot) for (const at of [...folders, ...files]) chownSync(at, ordinaryUser, 0);
  return path;
}

/** What a process of that user says when it has tried. Rejects when it was ended by a signal. */
async function openedOrdinarily(path: string): Promise<string> {
  const program = ['support/typescript.cjs', 'support/store-process.ts'].map((name) => join(__dirname, name));
  const { stdout } = await promisify(execFile)(process.execPath, ['-r', ...program, 'openOrdinarily', path]);
  return stdout.trimEnd();
}

describe('an embedded store', () => {
  it('names DATA_DIR when its folder cannot be made', () => {
    const blocked = join(temporaryFolder(), 'a-file');
    writeFileSync(blocked, '');
    expect(() => openStore(join(blocked, 'store'))).toThrow(/DATA_DIR/);
  });

  it('names DATA_DIR when its file is none of ours', () => {
    const path = newFolder();
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'data.mdb'), 'not a store '.repeat(1000));
    expect(() => openStore(path)).toThrow(/DATA_DIR.*not an LMDB file/);
  });

  it.each(['data.mdb', 'lock.mdb'])('names DATA_DIR and %s when that may not be written', async (name) => {
    const path = await ordinaryFolder();
    chmodSync(join(path, name), 0o400);
    expect(await openedOrdinarily(path)).toMatch(new RegExp(`DATA_DIR.*EACCES.*${name}`));
  });

  it('names DATA_DIR when a file that is missing may not be made', async () => {
    const path = await ordinaryFolder();
    rmSync(join(path, 'lock.mdb'));
    chmodSync(path, 0o500);
    const outcome = await openedOrdinarily(path);
    chmodSync(path, 0o700);
    expect(outcome).toMatch(/DATA_DIR.*EACCES/);
  });

  it('is open to the owner of its folder, also after root was the first to open it', async () => {
    const path = await ordinaryFolder();
    rmSync(join(path, 'lock.mdb'));
    await openStore(path).close();
    expect(statSync(join(path, 'lock.mdb')).uid).toBe(statSync(path).uid);
    expect(await openedOrdinarily(path)).toBe('opened');
  });
});
