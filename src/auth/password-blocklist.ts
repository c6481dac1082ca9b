import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { systemErrorCode } from '../common/system-error';
import { asSeen, folded } from './password-folding';

const longestFileBytes = 64 * 1024 * 1024;
/** Bounds how long the start may take: a list of one character a line would hold 32 million, and each costs some microseconds. */
const mostLines = 2_000_000;
const hashedLine = /^[0-9a-f]{40}(?::\d+)?\s*$/i;
const hashedBytes = 40;
const lineFeed = 0x0a;

/**
 * Passwords that nobody may choose. Kept as the first 8 bytes of their SHA-1, sorted, so that a list of a million needs 8 MB. The
 * hash protects nothing here: lists of leaked passwords come in it.
 */
export class PasswordBlocklist {
  private readonly hashes: BigUint64Array;

  /**
   * @param content lines of passwords, or of their SHA-1 in hexadecimal with or without a count behind a colon
   * @throws Error that names PASSWORD_BLOCKLIST_FILE, and holds nothing of the content
   */
  constructor(content: Buffer) {
    this.hashes = hashesIn(textOf(content)).sort();
    if (this.hashes.length === 0) throw new Error('PASSWORD_BLOCKLIST_FILE must hold at least one password');
  }

  /**
   * Reads the file of PASSWORD_BLOCKLIST_FILE.
   * @throws Error that names the setting, and holds nothing of the file
   */
  static from(path: string): PasswordBlocklist {
    return new PasswordBlocklist(contentOf(path));
  }

  /**
   * Whether the list holds the password itself, or one that differs in upper and lower case alone, in compatibility characters or in
   * those that nobody sees. Of a hash nobody can tell the case, so that a hashed one is found as it was leaked, and in lower case.
   */
  has(password: string): boolean {
    return [password, asSeen(password), folded(password)].some((spelling) => this.holds(hashOf(spelling)));
  }

  private holds(wanted: bigint): boolean {
    let [low, high] = [0, this.hashes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.hashes[middle] ?? wanted) < wanted) low = middle + 1;
      else high = middle;
    }
    return this.hashes[low] === wanted;
  }
}

function contentOf(path: string): Buffer {
  const content = readRegularFile(path);
  if (content) return content;
  throw new Error('PASSWORD_BLOCKLIST_FILE must be a regular file of at most 64 MiB');
}

function readRegularFile(path: string): Buffer | undefined {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would never end.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    return stat.isFile() && stat.size <= longestFileBytes ? readFileSync(file) : undefined;
  } catch (cause) {
    const why = systemErrorCode(cause) ?? 'unknown';
    throw new Error(`PASSWORD_BLOCKLIST_FILE cannot be read (${why})`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const wideMarks = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** The content without a byte order mark. UTF-16 would match no password, without anybody noticing. */
function textOf(content: Buffer): Buffer {
  if (content.includes(0) || wideMarks.some((mark) => content.subarray(0, 2).equals(mark))) {
    throw new Error('PASSWORD_BLOCKLIST_FILE must be text in UTF-8, without NUL bytes');
  }
  return content.subarray(0, 3).equals(byteOrderMark) ? content.subarray(3) : content;
}

/** Line by line out of the bytes: the lines of a long list as texts would take many times its size. */
function hashesIn(text: Buffer): BigUint64Array {
  const hashes = new BigUint64Array(countLines(text));
  let count = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(lineFeed, start);
    const end = found < 0 ? text.length : found;
    const ofLine = hashOfLine(text, start, end);
    if (ofLine !== undefined) hashes[count++] = ofLine;
    start = end + 1;
  }
  return hashes.subarray(0, count);
}

function countLines(text: Buffer): number {
  let count = 1;
  for (let at = text.indexOf(lineFeed); at >= 0; at = text.indexOf(lineFeed, at + 1)) count++;
  if (count > mostLines)
    throw new Error(`PASSWORD_BLOCKLIST_FILE must not have more than ${mostLines} lines`);
  return count;
}

/** Undefined for a blank line. */
function hashOfLine(text: Buffer, start: number, end: number): bigint | undefined {
  const isLong = end - start >= hashedBytes;
  if (isLong && hashedLine.test(text.toString('latin1', start, end))) {
    return Buffer.from(text.toString('latin1', start, start + 16), 'hex').readBigUInt64BE(0);
  }
  const line = text.toString('utf8', start, end).replace(/\r$/, '');
  return line.trim() === '' ? undefined : hashOf(folded(line));
}

function hashOf(text: string): bigint {
  return hash('sha1', text, 'buffer').readBigUInt64BE(0);
}
