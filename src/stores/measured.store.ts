import type { Instruments, StoreOperation, Timer } from '../common/instruments';
import { type KeyBatch, Store, type StoredRecord, StoreUnavailable, type WindowCount } from './store';

/** Times every verb of a store, and changes nothing of it. */
export class MeasuredStore extends Store {
  private readonly creation: Timer;
  private readonly reading: Timer;
  private readonly replacement: Timer;
  private readonly deletion: Timer;
  private readonly counting: Timer;
  private readonly walk: Timer;

  constructor(
    readonly inner: Store,
    instruments: Instruments,
  ) {
    super();
    const timer = (operation: StoreOperation) =>
      instruments.timer('store_operation', { operation }, { outcomeOfError });
    this.creation = timer('create');
    this.reading = timer('read');
    this.replacement = timer('replace');
    this.deletion = timer('delete');
    this.counting = timer('increment');
    this.walk = timer('scan');
  }

  override create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    return this.creation.run(() => this.inner.create(key, value, expiresAtMs));
  }

  override read(key: string): Promise<StoredRecord | undefined> {
    return this.reading.run(() => this.inner.read(key));
  }

  override replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    return this.replacement.run(() => this.inner.replace(key, version, value, expiresAtMs));
  }

  override delete(key: string): Promise<boolean> {
    return this.deletion.run(() => this.inner.delete(key));
  }

  override increment(key: string, windowMs: number): Promise<WindowCount> {
    return this.counting.run(() => this.inner.increment(key, windowMs));
  }

  override scan(prefix: string, after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.walk.run(() => this.inner.scan(prefix, after, limit));
  }

  override close(): Promise<void> {
    return this.inner.close();
  }
}

function outcomeOfError(error: unknown): 'unavailable' | 'failed' {
  return error instanceof StoreUnavailable ? 'unavailable' : 'failed';
}
