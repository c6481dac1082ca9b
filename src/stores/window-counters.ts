import type { Clock } from '../common/clock';
import type { WindowCount } from './store';

interface Window {
  count: number;
  endsAtMs: number;
}

/** How many windows each hit looks at to find some that have passed. */
const looksPerHit = 8;

/**
 * Counts hits per key in fixed windows, in memory. A window opens with the key's first hit and ends `windowMs` later.
 *
 * A hit costs the same however many hits or keys there are. There is no timer: each hit also looks at a few windows in
 * turn and removes those that have passed, so memory falls while anything is being counted. When `maxKeys` windows are
 * kept, the one that was **opened** first is dropped. Where keys have windows of different length, that is not always the
 * one that ends first; a long window may be dropped before a short one that was opened later.
 */
export class WindowCounters {
  /** In the order of opening: a window that opens again is taken out and put at the end. */
  private readonly windows = new Map<string, Window>();
  // Both iterators are kept. A new one would first walk over the holes that removed keys leave at the front of a Map,
  // which makes "drop the oldest" seven times slower with 100,000 keys.
  private oldest = this.windows.keys();
  private rounds = this.windows.entries();

  constructor(
    private readonly clock: Clock,
    private readonly maxKeys: number,
  ) {}

  /** How many windows are kept, those that have passed but were not removed yet included. */
  get size(): number {
    return this.windows.size;
  }

  increment(key: string, windowMs: number): WindowCount {
    const nowMs = this.clock.nowMs();
    const window = this.openWindow(key, nowMs, windowMs);
    window.count++;
    // After the clock was set back, a window must not last longer than a window lasts.
    window.endsAtMs = Math.min(window.endsAtMs, nowMs + windowMs);
    this.removePassed(nowMs);
    return { count: window.count, endsAtMs: window.endsAtMs };
  }

  private openWindow(key: string, nowMs: number, windowMs: number): Window {
    const current = this.windows.get(key);
    if (current && nowMs < current.endsAtMs) return current;
    if (current) this.windows.delete(key);
    else if (this.windows.size >= this.maxKeys) this.dropOldest();
    const opened = { count: 0, endsAtMs: nowMs + windowMs };
    this.windows.set(key, opened);
    return opened;
  }

  /** Every key that the iterator has passed is deleted, so what it gives next is always the oldest. */
  private dropOldest(): void {
    let next = this.oldest.next();
    if (next.done) {
      // A finished iterator stays finished, even when the Map has grown since.
      this.oldest = this.windows.keys();
      next = this.oldest.next();
    }
    if (!next.done) this.windows.delete(next.value);
  }

  private removePassed(nowMs: number): void {
    for (let looks = 0; looks < looksPerHit; looks++) {
      const next = this.rounds.next();
      if (next.done) {
        this.rounds = this.windows.entries();
        return;
      }
      const [key, window] = next.value;
      if (window.endsAtMs <= nowMs) this.windows.delete(key);
    }
  }
}
