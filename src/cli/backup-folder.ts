import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { loadSomeSettingsFromProcess } from '../config/environment';
import { describeError, systemErrorCode } from '../common/system-error';
import { StoreUnavailable } from '../stores/store';
import { onlyName, readArguments, Refused } from './command';

/** The folder that a command was given, and DATA_DIR. */
export interface BackupPlaces {
  readonly backup: string;
  readonly dataDir: string;
}

/** @throws UsageFault without exactly one FOLDER, Refused where the sessions lie in Redis, ConfigurationError */
export function placesOf(args: readonly string[]): BackupPlaces {
  const folder = onlyName(readArguments(args, {}).positionals, 'FOLDER');
  const { DATA_DIR: dataDir, REDIS_URL: redisUrl } = loadSomeSettingsFromProcess('DATA_DIR', 'REDIS_URL');
  if (redisUrl !== undefined) {
    throw new Refused('With REDIS_URL sessions and keys lie in Redis, which has back-ups of its own');
  }
  return { backup: resolve(folder), dataDir: resolve(dataDir) };
}

/** Faults of the disk and of the store in a line, since nobody has to look into the program for them. */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOfTheDisk = systemErrorCode(error) !== undefined || error instanceof StoreUnavailable;
    throw isOfTheDisk ? new Refused(describeError(error), { cause: error }) : error;
  }
}

/** A new folder beside `path`, on the same disk, for what is not whole yet. Removed again when `fill` fails. */
export async function whileFilling(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const folder = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    await fill(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Copies a file that only its owner may read, and has it on disk when it returns. */
export function copyPrivately(from: string, to: string): void {
  copyFileSync(from, to);
  settle(to);
}

/** Takes a file away from everybody but its owner, and has it on disk when it returns. */
export function settle(path: string): void {
  chmodSync(path, 0o600);
  syncPath(path);
}

/** Has a file, or the names in a folder, on disk when it returns. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Moves on one disk, and has the new name there when it returns. */
export function moveInto(from: string, to: string): void {
  renameSync(from, to);
  syncPath(dirname(to));
}

/** Root may restore for the user of the gateway: to whom the folder belongs, its content does. */
export function giveToOwnerOf(folder: string, paths: readonly string[]): void {
  const { uid, gid } = statSync(folder);
  for (const path of paths) if (statSync(path).uid !== uid) chownSync(path, uid, gid);
}

/** Those of the names that are there. */
export function presentIn(folder: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => existsSync(join(folder, name)));
}
