/** The keys of a store in memory, in the order of their UTF-16 code units, so that a walk can go on after any of them. */
export class SortedKeys {
  private readonly keys: string[] = [];

  add(key: string): void {
    const at = this.firstFrom(key);
    if (this.keys[at] !== key) this.keys.splice(at, 0, key);
  }

  remove(key: string): void {
    const at = this.firstFrom(key);
    if (this.keys[at] === key) this.keys.splice(at, 1);
  }

  clear(): void {
    this.keys.length = 0;
  }

  /** At most `limit` keys that begin with `prefix`, from the first one on that is greater than `after`. */
  under(prefix: string, after: string | undefined, limit: number): readonly string[] {
    // The successor of a text is the text with the smallest unit behind it.
    const start = this.firstFrom(after === undefined || after < prefix ? prefix : `${after}\u0000`);
    const found = this.keys.slice(start, start + limit);
    const end = found.findIndex((key) => !key.startsWith(prefix));
    return end === -1 ? found : found.slice(0, end);
  }

  /** The place of the first key that is not less than this one. */
  private firstFrom(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
