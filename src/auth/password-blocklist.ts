import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { systemErrorCode } from '../common/system-error';

const longestFileBytes = 32 * 1024 * 1024;
const hashedLine = /^([0-9a-f]{40})(?::\d+)?$/i;

/**
 * Passwords that nobody may choose. Kept as the first 8 bytes of their SHA-1, sorted, so that a list of a million needs 8 MB. The
 * hash protects nothing here: lists of leaked passwords come in it.
 */
export class PasswordBlocklist {
  private readonly hashes: BigUint64Array;

  /** @param lines passwords, or their SHA-1 in hexadecimal with or without a count behind a colon */
  constructor(lines: readonly string[]) {
    this.hashes = BigUint64Array.from(lines.filter((line) => line !== '').map(hashOfLine)).sort();
  }

  /**
   * Reads the file of PASSWORD_BLOCKLIST_FILE.
   * @throws Error that names the setting, and holds nothing of the file
   */
  static from(path: string): PasswordBlocklist {
    return new PasswordBlocklist(contentOf(path).split(/\r?\n/));
  }

  /** Whether the list holds the password itself, or one that differs in upper and lower case alone. */
  has(password: string): boolean {
    return this.holds(hashOf(password)) || this.holds(hashOf(folded(password)));
  }

  private holds(hash: bigint): boolean {
    let [low, high] = [0, this.hashes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.hashes[middle] ?? hash) < hash) low = middle + 1;
      else high = middle;
    }
    return this.hashes[low] === hash;
  }
}

function contentOf(path: string): string {
  try {
    if (statSync(path).size <= longestFileBytes) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`PASSWORD_BLOCKLIST_FILE cannot be read (${systemErrorCode(cause) ?? 'unknown'})`, {
      cause,
    });
  }
  throw new Error('PASSWORD_BLOCKLIST_FILE must not be longer than 32 MiB');
}

function hashOfLine(line: string): bigint {
  const [, hex] = hashedLine.exec(line) ?? [];
  return hex === undefined ? hashOf(folded(line)) : Buffer.from(hex, 'hex').readBigUInt64BE(0);
}

function hashOf(text: string): bigint {
  return createHash('sha1').update(text).digest().readBigUInt64BE(0);
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
