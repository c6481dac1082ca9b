import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

interface StoredSession {
  readonly refreshToken: string;
  readonly isLogoutOwed: boolean;
}

/**
 * Stands in for Keychain or Android Keystore: a file that only its owner reads. The new content is on disk before it takes the place of
 * the old one.
 */
export class FileKeystore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error when the file cannot be read, or is not one of ours */
  async read(): Promise<StoredSession | undefined> {
    const text = await readFile(this.#path, 'utf8').catch(undefinedWhereMissing);
    if (text === undefined) return undefined;
    const stored: unknown = JSON.parse(text);
    if (isStoredSession(stored)) return stored;
    throw new Error(`${this.#path} holds no session`);
  }

  async write(stored: StoredSession): Promise<void> {
    const written = `${this.#path}.new`;
    // What an interrupted write has left may have other rights.
    await rm(written, { force: true });
    const file = await open(written, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(stored));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(written, this.#path);
    await this.#syncFolder();
  }

  async clear(): Promise<void> {
    await rm(this.#path, { force: true });
    await this.#syncFolder();
  }

  /** A rename is kept for good only when the folder is. */
  async #syncFolder(): Promise<void> {
    const folder = await open(dirname(this.#path));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function undefinedWhereMissing(error: unknown): undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
    return undefined;
  throw error;
}

function isStoredSession(value: unknown): value is StoredSession {
  if (typeof value !== 'object' || value === null) return false;
  if (!('refreshToken' in value) || !('isLogoutOwed' in value)) return false;
  return typeof value.refreshToken === 'string' && typeof value.isLogoutOwed === 'boolean';
}
