import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from './system-error';

/**
 * Reads a file that only this user may read, or makes it first.
 * Safe when several processes start together: exactly one content wins, and all of them read it.
 * @returns the file's text
 */
export function readOrCreatePrivateFile(path: string, make: () => string): string {
  const present = readIfPresent(path);
  if (present !== undefined) return tightened(path, present);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  createOnce(path, make());
  return readFileSync(path, 'utf8');
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A restored back-up may have come with a wider mode. */
function tightened(path: string, content: string): string {
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return content;
}

/** Writes beside the target and links it into place: a link never replaces a file that is there already. */
function createOnce(path: string, content: string): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeDurably(temporary, content);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}

function writeDurably(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
