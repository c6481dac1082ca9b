import type { Client } from 'ldapts';
import type { Poolable } from './connection-pool';
import { type Deadline, within } from '../../outbound/deadline';
import { resultCodeOf } from './directory-failure';
import { TruncatedAnswer } from './truncated-answer';
import { SearchTimedOut } from './whole-search';

/** The whole login, or another task with a deadline, was out of time before the directory had answered. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** RFC 4511 appendix A.2: the server itself says that it is of no use now. */
const outageResults: ReadonlySet<number | undefined> = new Set([51, 52]);

/** One open connection, made by `openClient`: it never connects again by itself, and once dead it stays dead. */
export class PooledConnection implements Poolable {
  private isClosed = false;
  private heardAtMs = performance.now();

  constructor(readonly client: Client) {}

  get isAlive(): boolean {
    return !this.isClosed && this.client.isConnected;
  }

  /** How long ago the server last gave an answer here. */
  get silentForMs(): number {
    return performance.now() - this.heardAtMs;
  }

  /**
   * Runs a task on the client and bounds it by the deadline. The connection is closed when it is broken or when it still waits
   * for an answer: a late one must never meet another person's request.
   */
  async run<T>(deadline: Deadline, task: (client: Client) => Promise<T>): Promise<T> {
    // A bind whose answer nobody would wait for must not be sent: it would count at the directory all the same.
    if (deadline.isOver) throw new OutOfTime('no time was left');
    try {
      const value = await inTime(deadline, () => task(this.client));
      this.heardAtMs = performance.now();
      return value;
    } catch (error) {
      if (resultCodeOf(error) !== undefined) this.heardAtMs = performance.now();
      else if (!(error instanceof TruncatedAnswer)) this.close();
      throw error;
    }
  }

  /** Any answer proves that the other end is there, a refusal as well. */
  async answers(deadline: Deadline): Promise<boolean> {
    try {
      await this.run(deadline, (client) => client.search('', { scope: 'base', attributes: ['1.1'] }));
      return true;
    } catch (error) {
      return resultCodeOf(error) !== undefined && !isOutage(error);
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // Polite, and closes the socket in any case; nobody waits for it.
    this.client.unbind().catch(() => undefined);
  }
}

/** Whether the server, and not what was asked of it, is the reason. ldapts has no classes for this, only texts. */
export function isOutage(error: unknown): boolean {
  const result = resultCodeOf(error);
  if (result !== undefined) return outageResults.has(result);
  return isTimeout(error) || isBrokenOff(error);
}

/** The answer did not come, though the connection did not break. */
export function isTimeout(error: unknown): boolean {
  if (error instanceof SearchTimedOut || error instanceof OutOfTime) return true;
  return error instanceof Error && error.message.endsWith('Operation timed out');
}

/** The connection broke before the answer was there. */
export function isBrokenOff(error: unknown): boolean {
  return error instanceof Error && brokenOff.test(error.message);
}

const brokenOff =
  /^Socket error\.|^Connection closed before|^Socket connection not established|^the server closed the connection/;

/** @throws OutOfTime when the deadline comes first */
export function inTime<T>(deadline: Deadline, task: () => Promise<T>): Promise<T> {
  return within(deadline.remainingMs(), task, () => new OutOfTime('no answer came in time'));
}
