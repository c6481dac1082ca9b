import type { WindowCount } from './store';

/** Counts hits per key in fixed windows. */
export interface Counters {
  increment(key: string, windowMs: number): WindowCount | Promise<WindowCount>;
}
