import { randomFillSync } from 'node:crypto';

/** So many bytes cost hardly more to make than a few. */
const poolBytes = 4096;
const pool = Buffer.alloc(poolBytes);
let taken = poolBytes;

/**
 * Bytes that nobody can foretell, as `randomBytes` of `node:crypto` makes them, at a fifth of its cost for a few. What was given out is no
 * longer in the pool.
 * @param count 1 to 64
 */
export function fewRandomBytes(count: number): Buffer {
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new RangeError(`${count} random bytes are not a few`);
  if (taken + count > poolBytes) {
    randomFillSync(pool);
    taken = 0;
  }
  // Not in the memory that Node shares between small buffers, where it would stay when this one is gone.
  const bytes = Buffer.allocUnsafeSlow(count);
  pool.copy(bytes, 0, taken, taken + count);
  pool.fill(0, taken, taken + count);
  taken += count;
  return bytes;
}
