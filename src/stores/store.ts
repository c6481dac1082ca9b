import { GatehouseError } from '../common/gatehouse-error';

/** A record as it was read: its text, and the version that a replacement must name. */
export interface StoredRecord {
  readonly value: string;
  readonly version: number;
}

export interface WindowCount {
  /** Hits in the current window, this one included. */
  readonly count: number;
  /** When the window ends, in milliseconds since the Unix epoch. */
  readonly endsAtMs: number;
}

/** A part of a walk over keys. */
export interface KeyBatch {
  readonly keys: readonly string[];
  /** Goes on with the walk, whatever it holds; absent at its end. */
  readonly next?: string;
}

/**
 * What must be remembered. Every verb is atomic, also between processes that share a store; there is no get-then-set.
 * A verb that resolved is durable as far as the implementation promises. Expired records are as good as absent, from the
 * millisecond `expiresAtMs` on.
 *
 * A version is never given twice to the same key, not even after the record was deleted or expired and was created again:
 * who holds an old version can never replace a record that he has not read.
 *
 * Keys are 1 to 256 bytes, values at most 1 MiB, both well-formed Unicode and counted in UTF-8; times are whole
 * milliseconds. Anything else rejects with RangeError, so a key that holds what a stranger typed is hashed by its owner.
 *
 * A verb that rejects with StoreUnavailable may have happened all the same: the answer was lost, not always the change.
 */
export abstract class Store {
  /** Keeps a new record until `expiresAtMs`. False when the key is taken; nothing changes then. */
  abstract create(key: string, value: string, expiresAtMs: number): Promise<boolean>;

  abstract read(key: string): Promise<StoredRecord | undefined>;

  /** Replaces the record if it still has this version. False when it has another one or is gone. */
  abstract replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean>;

  /** True when there was a record. */
  abstract delete(key: string): Promise<boolean>;

  /** Counts one hit in the key's window. The first hit opens a window of `windowMs`. */
  abstract increment(key: string, windowMs: number): Promise<WindowCount>;

  /**
   * A part of a walk over the keys under a prefix, in any order; `after` is the `next` of the part before, of the same prefix.
   *
   * A record that lives through the whole walk is given at least once, perhaps twice; one that comes or goes meanwhile may be
   * given or not. What has expired is never given. The work of one part is bounded: it looks at about `limit` keys (1 to
   * 1000), so it may give none although `next` is there, and a few more than `limit` where the store walks in buckets.
   * Rejects with RangeError for another limit, or an `after` that is none of its own.
   */
  abstract scan(prefix: string, after: string | undefined, limit: number): Promise<KeyBatch>;

  abstract close(): Promise<void>;
}

export const longestKeyBytes = 256;
export const largestScanLimit = 1000;
export const longestValueBytes = 1024 * 1024;

/** The store could not answer. Becomes 503; `detail` goes to the log. */
export class StoreUnavailable extends GatehouseError {
  override readonly name = 'StoreUnavailable';

  constructor(detail: string, options: { readonly cause?: unknown } = {}) {
    super('SERVICE_UNAVAILABLE', { ...options, detail: `store: ${detail}` });
  }
}
