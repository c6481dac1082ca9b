import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { describeError, systemErrorCode } from '../common/system-error';
import { StoreUnavailable } from './store';

export interface LmdbFileOptions {
  /** A folder of its own; made with mode 0700 if it is missing. */
  readonly path: string;
  /** Longest wait for a write before the caller is told that the store cannot answer. */
  readonly writeTimeoutMs: number;
}

export type Table = Database<Buffer, Buffer>;

/** Only address space, not disk or memory. LMDB would grow it in steps, and keep every smaller map that it had before. */
const mapBytes = 2 * 1024 ** 3;

/**
 * Free pages that are kept in memory to be used again; the others wait in the file. lmdb looks through them for each page that it writes:
 * with its own 50,000, a write took 200 to 900 µs after transactions of 20,000 writes, and takes 10 to 40 now.
 */
const mostFreePages = 5_000;

const fileNames = ['data.mdb', 'lock.mdb'];

/** Without the capability to change owners, and for an owner who has no number here. */
const keptFiles: ReadonlySet<string> = new Set(['EPERM', 'EINVAL']);

/** Raised whenever what lies on disk changes its shape: older tables are then left alone instead of misread. */
const formatVersion = 1;

/** Of all files of this process: what began and has not ended, however long its caller still waits. */
let writesInFlight = 0;

/**
 * A process that ends waits for its threads, and lmdb's waits for us to run the action of a write that is under way: neither would
 * ever end, and the lock that all processes share would stay taken. After SIGKILL, LMDB gives the lock to the next one. Nothing
 * that was acknowledged is lost, since that is on disk.
 */
function dieRatherThanHang(): void {
  if (writesInFlight > 0) process.kill(process.pid, 'SIGKILL');
}

let isWatchingExit = false;

/** What hangs on it runs when the present step is over. */
const stepEnd = Promise.resolve();

/**
 * One LMDB environment: opens it, runs transactions in it, and turns its failures into `StoreUnavailable`.
 *
 * `overlappingSync: false` makes a commit what it is in plain LMDB: pages, fdatasync, meta page (O_DSYNC), and only then is
 * it visible. lmdb's default shows and resolves a commit first and syncs later. So here a resolved `transact` is on disk, and
 * nobody can read what a crash could take back. lmdb runs all transactions that wait in one commit, so they share its sync.
 */
export class LmdbFile {
  private closing: Promise<void> | undefined;
  /** Writes that took longer than `writeTimeoutMs` and have not ended yet. */
  private overdueWrites = 0;
  /** What is read now is the newest state, since this step has asked for it already. */
  private isNewest = false;
  private readonly endStep = (): void => void (this.isNewest = false);

  private constructor(
    private readonly root: RootDatabase<Buffer, Buffer>,
    private readonly writeTimeoutMs: number,
  ) {}

  /** @throws Error when the folder or a file in it cannot be made, read or written, or is not LMDB's. */
  static open({ path, writeTimeoutMs }: LmdbFileOptions): LmdbFile {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const files = fileNames.map((name) => join(path, name));
    for (const file of files) refuseClosedFile(file);
    refuseForeignFile(join(path, 'data.mdb'));
    if (!isWatchingExit) process.on('exit', dieRatherThanHang);
    isWatchingExit = true;
    const root = openEnvironment(path);
    giveToOwnerOf(path, files);
    return new LmdbFile(root, writeTimeoutMs);
  }

  table(name: string): Table {
    return this.root.openDB<Buffer, Buffer>(`${name}.v${formatVersion}`, {
      encoding: 'binary',
      keyEncoding: 'binary',
    });
  }

  /**
   * Runs `action` alone, across processes too, and resolves with its result when that is on disk. lmdb does not undo the
   * writes of an action that throws halfway, so what may throw comes before them. A write that fails in LMDB itself fails
   * the whole commit.
   */
  async transact<T>(action: () => T): Promise<T> {
    this.checkOpen();
    if (this.overdueWrites > 0) throw new StoreUnavailable('an earlier write has not ended yet');
    return this.withDeadline(this.commit(action));
  }

  /** Runs `action` on the newest commit of any process. */
  read<T>(action: () => T): T {
    this.checkOpen();
    try {
      this.demandNewest();
      return action();
    } catch (error) {
      throw unavailable('read from', error);
    }
  }

  /**
   * Without this lmdb reads the state at the first read of this turn of the event loop, which may be a moment old. Reads that are asked
   * for in one step, with nothing awaited between them, are of one state: what another process does meanwhile is as good as later.
   */
  private demandNewest(): void {
    if (this.isNewest) return;
    this.root.resetReadTxn();
    this.isNewest = true;
    void stepEnd.then(this.endStep);
  }

  /**
   * Writes the newest commit as `data.mdb` into an empty folder, without free pages, while this and other processes go on. It may
   * take as long as the disk needs for the whole file; meanwhile the file itself may grow, since no page that is copied is used again.
   */
  async copyTo(folder: string): Promise<void> {
    this.checkOpen();
    try {
      await this.root.backup(folder, true);
    } catch (error) {
      throw unavailable('copy', error);
    }
  }

  /** Lets running writes end, then closes. May be called again. */
  close(): Promise<void> {
    this.closing ??= this.withDeadline(this.root.close());
    return this.closing;
  }

  private checkOpen(): void {
    if (this.closing) throw new StoreUnavailable('closed');
  }

  private async commit<T>(action: () => T): Promise<T> {
    writesInFlight++;
    try {
      return await this.root.transaction(action);
    } catch (error) {
      throw unavailable('write to', await commitErrorOf(error));
    } finally {
      writesInFlight--;
    }
  }

  /**
   * A write waits for the lock that all processes share, and after a fatal error LMDB does not answer at all. Callers must
   * not hang with it. The write itself cannot be called back; it may still happen.
   */
  private withDeadline<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let overdue = false;
      const timer = setTimeout(() => {
        overdue = true;
        this.overdueWrites++;
        reject(new StoreUnavailable(`no answer within ${this.writeTimeoutMs} ms`));
      }, this.writeTimeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        if (overdue) this.overdueWrites--;
      };
      work.then(settle, settle);
      work.then(resolve, reject);
    });
  }
}

/**
 * Where lmdb 3.5.6 may not open or make lock.mdb, it ends the process with a segmentation fault. The file is not opened to
 * find out: to close lock.mdb would take away all locks that this process has on it (POSIX).
 */
function refuseClosedFile(path: string): void {
  if (!existsSync(path)) return accessSync(dirname(path), constants.W_OK | constants.X_OK);
  accessSync(path, constants.R_OK | constants.W_OK);
  if (!statSync(path).isFile()) throw new Error(`${basename(path)} is not a file`);
}

/**
 * Root may be the first to open it, by a command: what that makes must be open to the gateway, whose folder it is. A root that may
 * not give files away keeps them; the gateway then says that it cannot open them.
 */
function giveToOwnerOf(folder: string, files: readonly string[]): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  try {
    for (const file of files) if (lstatSync(file).uid !== uid) lchownSync(file, uid, gid);
  } catch (error) {
    if (!keptFiles.has(systemErrorCode(error) ?? '')) throw error;
  }
}

/**
 * LMDB begins each of its files with a page head and then 0xBEEFC0DE. lmdb 3.5.6 does not report a file without it, it
 * ends the process with a segmentation fault.
 */
function refuseForeignFile(path: string): void {
  const head = readHead(path);
  if (head.length === 0) return;
  const magic = [Buffer.from('dec0efbe', 'hex'), Buffer.from('beefc0de', 'hex')];
  if (!magic.some((bytes) => head.includes(bytes))) throw new Error('data.mdb is not an LMDB file');
}

/** The first bytes of the file; none when it is missing or empty, which LMDB takes for a new one. */
function readHead(path: string): Buffer {
  const head = Buffer.alloc(64);
  try {
    const file = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return head.subarray(0, 0);
    throw error;
  }
}

function openEnvironment(path: string): RootDatabase<Buffer, Buffer> {
  const options = {
    path,
    noSubdir: false,
    mapSize: mapBytes,
    overlappingSync: false,
    // With it, lmdb makes a promise for each batch that nobody can catch, and a full disk would end the process.
    eventTurnBatching: false,
    // These are read by lmdb's native part, and missing in its types.
    permissionsMode: 0o600,
    maxFreeSpaceToLoad: mostFreePages,
    maxFreeSpaceToRetain: 2 * mostFreePages,
  };
  return open<Buffer, Buffer>(options);
}

/** A failed commit says why only in a second promise; left alone, its rejection would end the process. */
async function commitErrorOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;
  try {
    return (await error.commitError) ?? error;
  } catch (cause) {
    return cause;
  }
}

function unavailable(verb: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  return new StoreUnavailable(`could not ${verb} the file: ${describeError(error)}`, {
    cause: error,
  });
}
