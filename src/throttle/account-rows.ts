import { setTimeout as pause } from 'node:timers/promises';

/** From the moment of asking. A source that is well has answered by then. */
const longestWaitMs = 2_000;
/** In one row: more could not have their turn in time. */
const mostWaiting = 16;
const shortestWaitMs = 15;

/** Lets those who ask for a try of an account in this process wait for it in a row, so that whoever came first has the next one. */
export class AccountRows {
  private readonly rows = new Map<string, symbol[]>();

  /**
   * @param row who waits for the same tries; at most 16 wait in one
   * @param attempt is asked again while it says `soon`, and only for the first in the row
   * @returns `busy` after two seconds, and at once where too many wait; what `attempt` gave otherwise
   * @throws what `attempt` throws
   */
  async run<T>(row: string, attempt: () => Promise<T | 'soon'>): Promise<T | 'busy'> {
    if (!this.rows.has(row)) {
      const found = await attempt();
      if (found !== 'soon') return found;
    }
    const waiting = this.rows.get(row) ?? [];
    if (waiting.length >= mostWaiting) return 'busy';
    const me = Symbol(row);
    waiting.push(me);
    this.rows.set(row, waiting);
    try {
      return await untilFound(attempt, () => waiting[0] === me);
    } finally {
      waiting.splice(waiting.indexOf(me), 1);
      if (waiting.length === 0) this.rows.delete(row);
    }
  }
}

async function untilFound<T>(
  attempt: () => Promise<T | 'soon'>,
  isFirst: () => boolean,
): Promise<T | 'busy'> {
  const giveUpAtMs = performance.now() + longestWaitMs;
  do {
    await pause(shortestWaitMs * (1 + Math.random()));
    const found = isFirst() ? await attempt() : 'soon';
    if (found !== 'soon') return found;
  } while (performance.now() < giveUpAtMs);
  return 'busy';
}
