import { fewRandomBytes } from './random-bytes';

describe('fewRandomBytes', () => {
  it('gives as many as asked for, and never the same again', () => {
    const given = Array.from({ length: 10_000 }, (_, n) => fewRandomBytes(12 + (n % 5)));
    given.forEach((bytes, n) => expect(bytes).toHaveLength(12 + (n % 5)));
    expect(new Set(given.map((bytes) => bytes.toString('hex').slice(0, 24))).size).toBe(given.length);
  });

  it('gives bytes of which later ones change nothing', () => {
    const first = fewRandomBytes(16);
    const copy = Buffer.from(first);
    for (let n = 0; n < 1000; n++) fewRandomBytes(16);
    expect(first.equals(copy)).toBe(true);
  });

  it('has no byte that is rarer than others', () => {
    const counts = new Array<number>(256).fill(0);
    for (let n = 0; n < 16_000; n++)
      for (const byte of fewRandomBytes(16)) counts[byte] = (counts[byte] ?? 0) + 1;
    // 1,000 each on average, with a standard deviation of 32.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(250);
  });

  it('refuses any number that is not a few', () => {
    for (const count of [65, 0, -1, 1.5, NaN]) expect(() => fewRandomBytes(count)).toThrow(RangeError);
  });
});
