import { randomFillSync } from 'node:crypto';

/** So many bytes cost hardly more to make than a few. */
const poolBytes = 4096;
const pool = Buffer.alloc(poolBytes);
let taken = poolBytes;

/**
 * Bytes that nobody can foretell, as `randomBytes` of `node:crypto` makes them, at a tenth of its cost for a few. What was given out is no
 * longer in the pool.
 * @param count at most 64
 */
export function fewRandomBytes(count: number): Buffer {
  if (count > 64) throw new RangeError(`${count} random bytes are more than a few`);
  if (taken + count > poolBytes) {
    randomFillSync(pool);
    taken = 0;
  }
  const bytes = Buffer.from(pool.subarray(taken, taken + count));
  pool.fill(0, taken, taken + count);
  taken += count;
  return bytes;
}
