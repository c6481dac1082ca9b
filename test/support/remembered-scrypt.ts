import crypto, { type BinaryLike, hash, type ScryptOptions } from 'node:crypto';

type Done = (error: Error | null, key: Buffer<ArrayBuffer>) => void;

const mostRemembered = 1000;
const realScrypt = crypto.scrypt;
const remembered = new Map<string, Buffer<ArrayBuffer>>();

/**
 * Remembers what scrypt gave for the same password, salt and cost: specs log the same few people in over and over, and each hash takes a
 * quarter of a second of a processor. Nothing but the time differs. Specs about time call `realScryptAgain`.
 */
export function rememberScrypt(): void {
  crypto.scrypt = scryptOnce;
}

/** Every hash takes its time from here on. */
export function realScryptAgain(): void {
  crypto.scrypt = realScrypt;
}

function scryptOnce(
  password: BinaryLike,
  salt: BinaryLike,
  length: number,
  options: ScryptOptions | Done,
  done?: Done,
): void {
  if (typeof options === 'function' || !done) throw new Error('specs hash with a cost of their own choice');
  const key = keyOf(password, salt, length, options);
  const known = remembered.get(key);
  if (known) return void setImmediate(done, null, Buffer.from(known));
  realScrypt(password, salt, length, options, (error, derived) => {
    if (!error && remembered.size < mostRemembered) remembered.set(key, Buffer.from(derived));
    done(error, derived);
  });
}

function keyOf(password: BinaryLike, salt: BinaryLike, length: number, options: ScryptOptions): string {
  return hash('sha256', JSON.stringify([textOf(password), textOf(salt), length, options]));
}

function textOf(value: BinaryLike): string {
  if (typeof value === 'string') return `text ${value}`;
  const view = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return `bytes ${Buffer.from(view).toString('base64')}`;
}
