import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';

/** The cost of one scrypt hash (RFC 7914 section 2): memory is 128 * 2^ln * r bytes. */
interface ScryptCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

interface ParsedHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** A text that is no password hash of ours. The message does not repeat it. */
export class PasswordHashFault extends Error {
  override readonly name = 'PasswordHashFault';
}

/**
 * One of the equivalent settings of the OWASP Password Storage Cheat Sheet for scrypt: N=2^15 (32 MiB), r=8, p=3. Less memory for
 * each login than its first choice, at about the same cost to an attacker.
 */
const currentCost: ScryptCost = { ln: 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;
const mostMemoryBytes = 256 * 1024 * 1024;
/** About five times the current work; a file must not be able to keep a thread busy for minutes. */
const mostWork = 2 ** 22;

/** Hashes a new password, byte for byte as UTF-8, to a PHC string with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return format({ cost: currentCost, salt, hash: await derive(password, salt, hashBytes, currentCost) });
}

/** Whether the password made the hash. @throws PasswordHashFault when the text is no hash. */
export async function verifyPassword(password: string, passwordHash: string): Promise<boolean> {
  const { cost, salt, hash } = parse(passwordHash);
  return timingSafeEqual(await derive(password, salt, hash.length, cost), hash);
}

/** A hash that no password makes but that takes as long to check as a real one. */
export function dummyPasswordHash(): string {
  return format({ cost: currentCost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) });
}

/** What is wrong with a text as a hash, if anything. Says nothing of its content. */
export function passwordHashFault(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof PasswordHashFault) return error.message;
    throw error;
  }
}

/** The PHC string format writes base64 without padding. */
function format({ cost, salt, hash }: ParsedHash): string {
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

const phcForm =
  /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,3}),p=([1-9]\d{0,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{43,86})$/;

function parse(text: string): ParsedHash {
  const [, ln, r, p, salt = '', hash = ''] = phcForm.exec(text) ?? [];
  if (ln === undefined) {
    throw new PasswordHashFault('must look like $scrypt$ln=15,r=8,p=3$<salt>$<hash>');
  }
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  refuseAbsurd(cost);
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function refuseAbsurd({ ln, r, p }: ScryptCost): void {
  if (128 * 2 ** ln * r > mostMemoryBytes) throw new PasswordHashFault('must not need more than 256 MiB');
  if (2 ** ln * r * p > mostWork) throw new PasswordHashFault('must not need that much work');
}

function derive(password: string, salt: Buffer, length: number, cost: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: memoryFor(cost) };
  return new Promise((resolve, reject) => {
    scrypt(Buffer.from(password, 'utf8'), salt, length, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** What OpenSSL counts against `maxmem`: the big table, one block for each p, and room to work in. */
function memoryFor({ ln, r, p }: ScryptCost): number {
  return 128 * r * (2 ** ln + p + 2) + 64 * 1024;
}
