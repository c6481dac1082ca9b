import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../common/system-error';
import { UsersFileFault } from './users-file-access';

const longestWaitMs = 5_000;
const waitStepMs = 20;

/**
 * Runs a change of the users file while nobody else changes it, so that two commands at the same time lose nothing. Readers need
 * no lock: the file is replaced as a whole. The lock is a file beside it, which a killed command leaves behind.
 * @throws UsersFileFault when somebody else holds it for too long
 */
export function whileLocked<T>(usersFile: string, task: () => T): T {
  const lockFile = `${usersFile}.lock`;
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 });
  acquire(lockFile);
  try {
    return task();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function acquire(lockFile: string): void {
  for (let waitedMs = 0; !taken(lockFile); waitedMs += waitStepMs) {
    if (waitedMs >= longestWaitMs) {
      throw new UsersFileFault(
        `${lockFile} is there: another command changes the users; remove it if none runs`,
      );
    }
    pause(waitStepMs);
  }
}

function taken(lockFile: string): boolean {
  try {
    closeSync(openSync(lockFile, 'wx', 0o600));
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Commands are short programs that do one thing; nothing else waits for this thread. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
