import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../common/system-error';
import { formatUsers, parseUsers, UsersDocumentFault } from './users-document';
import type { UserRecord } from './user-source';

/** The users file cannot be used. The message names the path and the place in it, never a value. */
export class UsersFileFault extends Error {
  override readonly name = 'UsersFileFault';
}

const longestFileBytes = 5 * 1024 * 1024;

/** The file that USERS_FILE names, else `users.json` in DATA_DIR. */
export function usersFilePath(settings: { USERS_FILE?: string; DATA_DIR: string }): string {
  return settings.USERS_FILE ?? join(settings.DATA_DIR, 'users.json');
}

/**
 * Reads and checks the whole file.
 * @returns undefined when there is no such file
 * @throws UsersFileFault
 */
export function readUsersFile(path: string): readonly UserRecord[] | undefined {
  const text = readText(path);
  return text === undefined ? undefined : checkedUsers(path, text);
}

/**
 * Replaces the file in one step: a reader sees the old users or the new ones, also after a crash. The new file has mode 0600 and
 * keeps its owner, so that an administrator's edit does not lock out the service.
 * @throws UsersFileFault
 */
export function writeUsersFile(path: string, users: readonly UserRecord[]): void {
  const text = checkedText(path, users);
  try {
    replaceFile(path, text);
  } catch (error) {
    throw new UsersFileFault(`${path} cannot be written (${systemErrorCode(error) ?? 'unknown cause'})`, {
      cause: error,
    });
  }
}

/** What we could not read again must not be written. */
function checkedText(path: string, users: readonly UserRecord[]): string {
  const text = formatUsers(users);
  if (Buffer.byteLength(text) > longestFileBytes)
    throw new UsersFileFault(`${path} would be longer than 5 MB`);
  checkedUsers(path, text);
  return text;
}

function checkedUsers(path: string, text: string): readonly UserRecord[] {
  try {
    return parseUsers(text);
  } catch (error) {
    if (!(error instanceof UsersDocumentFault)) throw error;
    throw new UsersFileFault(`${path}: ${error.message}`, { cause: error });
  }
}

function replaceFile(path: string, text: string): void {
  const target = prepared(path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeDurably(temporary, text, ownerOf(target));
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readText(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    if (fstatSync(file).size > longestFileBytes) throw new UsersFileFault(`${path} is longer than 5 MB`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UsersFileFault) throw error;
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new UsersFileFault(`${path} cannot be read (${systemErrorCode(error) ?? 'unknown cause'})`, {
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The file behind a symbolic link, which stays one; the folder is made when it is missing. */
function prepared(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function ownerOf(path: string): Owner | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function writeDurably(path: string, text: string, owner: Owner | undefined): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    if (owner && owner.uid !== fstatSync(file).uid) fchownSync(file, owner.uid, owner.gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
