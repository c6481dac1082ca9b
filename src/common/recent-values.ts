export interface RecentLimits {
  /** Most values that are kept. */
  readonly mostValues: number;
  /** Most weight that they may have together, in whatever unit the caller weighs. */
  readonly mostWeight: number;
}

/**
 * Remembers values that were used of late, within limits of number and weight. There are two halves: a value that is used comes into the
 * newer one; once that is full it becomes the older, and the older is forgotten as a whole. So each step costs the same however many
 * values there are, without a list to keep in order.
 */
export class RecentValues<V> {
  private newer = new Map<string, V>();
  private older = new Map<string, V>();
  private newerWeight = 0;

  constructor(
    private readonly limits: RecentLimits,
    private readonly weightOf: (value: V) => number,
  ) {}

  /** How many are kept. */
  get size(): number {
    return this.newer.size + this.older.size;
  }

  find(key: string): V | undefined {
    const value = this.newer.get(key);
    if (value !== undefined) return value;
    const older = this.older.get(key);
    if (older !== undefined) this.keep(key, older);
    return older;
  }

  /** Puts a value in the place of the one of the same key. One that weighs more than half the limit is not kept. */
  keep(key: string, value: V): void {
    const weight = this.weightOf(value);
    const { mostValues, mostWeight } = this.limits;
    this.forget(key);
    if (weight > mostWeight / 2) return;
    if (this.newer.size + 1 > mostValues / 2 || this.newerWeight + weight > mostWeight / 2) this.turnOver();
    this.newer.set(key, value);
    this.newerWeight += weight;
  }

  forget(key: string): void {
    const value = this.newer.get(key);
    if (value !== undefined) {
      this.newerWeight -= this.weightOf(value);
      this.newer.delete(key);
    }
    this.older.delete(key);
  }

  private turnOver(): void {
    this.older = this.newer;
    this.newer = new Map();
    this.newerWeight = 0;
  }
}
