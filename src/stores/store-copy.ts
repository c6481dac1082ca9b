import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbFile } from './lmdb-file';

/** Where the embedded store lies, and an empty folder for its copy. */
export interface StoreCopy {
  readonly from: string;
  readonly to: string;
}

/** The one file of a copy. The lock file beside it is made anew by whoever opens the store. */
export const storeFileName = 'data.mdb';

const closeTimeoutMs = 10_000;

/**
 * Copies the embedded store as one commit left it. Processes of this machine may go on to read and write it.
 * @throws StoreUnavailable when it cannot be copied, Error when there is none or it cannot be opened
 */
export async function copyStore({ from, to }: StoreCopy): Promise<void> {
  // To open a store is to make it.
  if (!existsSync(join(from, storeFileName))) throw new Error(`${from} holds no store`);
  const file = LmdbFile.open({ path: from, writeTimeoutMs: closeTimeoutMs });
  try {
    await file.copyTo(to);
  } finally {
    await file.close();
  }
}
