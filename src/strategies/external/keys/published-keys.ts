import type { Clock } from '../../../common/clock';
import type { Requests } from '../requests';
import { type Caller, UpstreamFailure } from '../upstream/upstream-call';
import { KeySet } from './key-set';
import type { TokenOrigin } from './token-verifier';

export interface PublishedKeysOptions {
  readonly caller: Caller;
  readonly requests: Pick<Requests, 'jwks'>;
  readonly clock: Clock;
  /** How long keys are kept before they are read again. */
  readonly maxAgeSeconds: number;
}

/** Forged ids of keys must not make us hammer the service. */
const searchPauseMs = 30_000;
/** A token from the service itself is not forged, but what the service does wrong must not make us hammer it. */
const ownSearchPauseMs = 1_000;
/** An outage must not be hammered either. */
const retryPauseMs = 5_000;
/** How long after a failed reading nobody but who starts the next one waits for it. */
const outageMs = 60_000;
/** How long past their age known keys serve while the service cannot be asked. */
const staleMs = 3_600_000;

/** The keys that the service publishes, read by one call at a time and kept for a while. */
export class PublishedKeys {
  private known: { readonly keys: KeySet; readonly atMs: number } | undefined;
  /** The last reading, if it failed. */
  private failed: { readonly failure: UpstreamFailure; readonly atMs: number } | undefined;
  private reading: Promise<KeySet> | undefined;
  private readings = 0;
  /** When a key was last searched for a token of anybody, and of the service. */
  private searchedAtMs: { anybody?: number; service?: number } = {};

  constructor(private readonly options: PublishedKeysOptions) {}

  /**
   * The keys to verify a token with that names this one. It need not be among them: then the token is forged, or its key is gone.
   * A key that is not known reads them anew: once in 30 s at most, once in 1 s for tokens that come from the service itself.
   * @throws UpstreamFailure when they cannot be read and no known ones may serve any more
   */
  async namedBy(keyId: string, origin: TokenOrigin): Promise<KeySet> {
    const readingsBefore = this.readings;
    const keys = await this.current();
    if (keys.has(keyId)) return keys;
    const isJustRead = this.readings !== readingsBefore;
    if (!isJustRead && this.maySearch(origin)) return this.search(origin);
    if (isJustRead) this.noteSearch(origin);
    // The service may have new keys that we could not read: that is no proof that the token is forged.
    if (this.failed) throw this.failed.failure;
    return keys;
  }

  /** Newer keys than these, which did not fit; undefined when there are none, they cannot be read, or it is too early to look. */
  async renewed(keys: KeySet, origin: TokenOrigin): Promise<KeySet | undefined> {
    const { known } = this;
    if (known && known.keys !== keys) return known.keys;
    const isJustRead = known && !this.isOver(known.atMs, ownSearchPauseMs);
    if (isJustRead || !this.maySearch(origin)) return undefined;
    try {
      return await this.search(origin);
    } catch (error) {
      // A known key has said no, and nothing newer says otherwise.
      if (error instanceof UpstreamFailure) return undefined;
      throw error;
    }
  }

  private maySearch({ fromService }: TokenOrigin): boolean {
    if (this.reading) return true;
    const { anybody, service } = this.searchedAtMs;
    return fromService ? this.isOver(service, ownSearchPauseMs) : this.isOver(anybody, searchPauseMs);
  }

  private search(origin: TokenOrigin): Promise<KeySet> {
    if (!this.reading) this.noteSearch(origin);
    return this.read();
  }

  private noteSearch({ fromService }: TokenOrigin): void {
    this.searchedAtMs[fromService ? 'service' : 'anybody'] = this.nowMs();
  }

  private async current(): Promise<KeySet> {
    const { known, failed } = this;
    if (known && !this.isOver(known.atMs, this.options.maxAgeSeconds * 1000)) return known.keys;
    const old = known && this.mayServe(known.atMs) ? known.keys : undefined;
    const mayRead = !failed || this.reading !== undefined || this.isOver(failed.atMs, retryPauseMs);
    if (failed && old && !this.isOver(failed.atMs, outageMs)) {
      // Only the first verification in an outage waits for it; the others go on, and one reading looks whether it is over.
      if (mayRead) this.read().catch(() => undefined);
      return old;
    }
    const isLookedAt = this.reading !== undefined && failed && !this.isOver(failed.atMs, outageMs);
    if (failed && (!mayRead || isLookedAt)) throw failed.failure;
    return this.read().catch((error: unknown) => {
      if (old) return old;
      throw error;
    });
  }

  private read(): Promise<KeySet> {
    this.reading ??= this.fetch().finally(() => {
      this.reading = undefined;
      this.readings++;
    });
    return this.reading;
  }

  private async fetch(): Promise<KeySet> {
    try {
      const { caller, requests } = this.options;
      const keys = KeySet.of(await caller.call(requests.jwks()));
      this.known = { keys, atMs: this.nowMs() };
      this.failed = undefined;
      return keys;
    } catch (error) {
      if (error instanceof UpstreamFailure) this.failed = { failure: error, atMs: this.nowMs() };
      throw error;
    }
  }

  private mayServe(readAtMs: number): boolean {
    return this.nowMs() - readAtMs < this.options.maxAgeSeconds * 1000 + staleMs;
  }

  /** A clock that was set back ends every wait, else it would last until the old time comes again. */
  private isOver(sinceMs: number | undefined, waitMs: number): boolean {
    if (sinceMs === undefined) return true;
    const elapsedMs = this.nowMs() - sinceMs;
    return elapsedMs < 0 || elapsedMs >= waitMs;
  }

  private nowMs(): number {
    return this.options.clock.nowMs();
  }
}
