/** What was read from files, and takes on what they hold whenever they are read again. Whoever uses it asks for it each time. */
export class Followed<T> {
  private value: T;

  /** @throws what `read` throws */
  constructor(private readonly read: () => T) {
    this.value = read();
  }

  get current(): T {
    return this.value;
  }

  /** @throws what `read` throws; the value then stays as it was */
  readonly reread = (): void => {
    this.value = this.read();
  };
}
