/** How often a value is read again, and how soon after a reading that failed. */
export interface RefreshTimes {
  readonly freshMs: number;
  readonly retryMs: number;
}

/**
 * A value from elsewhere that everybody shares. It is read at most once at a time, and again when it is old; whoever asks meanwhile
 * goes on with the one that is known. A reading that fails leaves what was known.
 */
export class Refreshed<T> {
  private value: T | undefined;
  private readAgainAtMs = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(private readonly times: RefreshTimes) {}

  get known(): T | undefined {
    return this.value;
  }

  /** Whether it is time to read, and nobody does. */
  get isStale(): boolean {
    return this.reading === undefined && performance.now() >= this.readAgainAtMs;
  }

  /**
   * Reads where it is time to, and waits for a reading only while nothing is known. Never throws: a reading that fails is no concern
   * of whoever asks.
   * @param waitMs at most; the reading goes on after that
   * @returns undefined while nothing is known
   */
  async get(read: () => Promise<T>, waitMs: number): Promise<T | undefined> {
    if (this.isStale) this.readNow(read).catch(() => undefined);
    if (this.value === undefined && this.reading) await ended(this.reading, waitMs);
    return this.value;
  }

  /** @throws what `read` throws; then the next to ask after a while tries again */
  readNow(read: () => Promise<T>): Promise<void> {
    this.reading = this.take(read);
    return this.reading;
  }

  private async take(read: () => Promise<T>): Promise<void> {
    let nextMs = this.times.retryMs;
    try {
      this.value = await read();
      nextMs = this.times.freshMs;
    } finally {
      this.readAgainAtMs = performance.now() + nextMs;
      this.reading = undefined;
    }
  }
}

async function ended(work: Promise<void>, waitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
