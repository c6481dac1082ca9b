import type { Deadline } from '../../outbound/deadline';

/** What a pool keeps. */
export interface Poolable {
  /** False as soon as it is of no use to anybody any more. */
  readonly isAlive: boolean;
  /** May be called more than once and at any time. */
  close(): void;
}

export interface PoolOptions<C extends Poolable> {
  readonly maxConnections: number;
  /** How many may wait for a connection; more are refused at once. */
  readonly maxWaiting: number;
  readonly maxIdleMs: number;
  readonly open: (deadline: Deadline) => Promise<C>;
  /** Whether a connection that was idle can still be trusted. False closes it, and all that were idle for longer. */
  readonly isFit: (connection: C, deadline: Deadline) => Promise<boolean>;
}

/** As many wait for a connection as may wait. */
export class PoolFull extends Error {
  override readonly name = 'PoolFull';
}

/** No connection became free by the deadline. */
export class PoolTimeout extends Error {
  override readonly name = 'PoolTimeout';
}

interface Waiter {
  readonly go: () => void;
  readonly fail: (error: Error) => void;
}

interface Idle<C> {
  readonly connection: C;
  readonly sinceMs: number;
}

/**
 * Connections to one server for one purpose, each lent to one task at a time, first come first served. The one that was used
 * last is lent first, so that those which a quiet hour does not need grow old and are closed.
 */
export class ConnectionPool<C extends Poolable> {
  private lent = 0;
  private idle: Idle<C>[] = [];
  private readonly all = new Set<C>();
  private readonly waiting: Waiter[] = [];
  private sweepTimer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly options: PoolOptions<C>) {}

  /** How many connections there are, lent and idle. */
  get size(): number {
    return this.all.size;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /**
   * Runs the task with a connection that nobody else has meanwhile. It is kept afterwards if it is still alive.
   * @param fresh opens a new one, because an idle one may be as dead as the last
   * @throws PoolFull, PoolTimeout, what `open` threw, or what the task threw
   */
  async lend<T>(
    deadline: Deadline,
    task: (connection: C) => Promise<T>,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<T> {
    await this.place(deadline);
    let connection: C | undefined;
    try {
      connection = fresh ? undefined : await this.fitIdle(deadline);
      connection ??= await this.opened(deadline);
      return await task(connection);
    } finally {
      this.takeBack(connection);
    }
  }

  /** Turns away all who wait and closes what is idle: the server is down. */
  giveUp(reason: Error): void {
    for (const waiter of this.waiting.splice(0)) waiter.fail(reason);
    this.closeIdle();
  }

  closeIdle(): void {
    for (const { connection } of this.idle.splice(0)) this.discard(connection);
  }

  /** Lends nothing any more; what is lent is closed when it comes back. */
  retire(reason: Error): void {
    this.isClosed = true;
    this.giveUp(reason);
    clearTimeout(this.sweepTimer);
  }

  /** Closes every connection, the lent ones too. */
  close(reason: Error): void {
    this.retire(reason);
    for (const connection of this.all) connection.close();
    this.all.clear();
  }

  private async place(deadline: Deadline): Promise<void> {
    if (this.isClosed) throw new PoolTimeout('the pool is closed');
    if (this.lent < this.options.maxConnections) {
      this.lent++;
      return;
    }
    if (this.waiting.length >= this.options.maxWaiting) throw new PoolFull('too many wait for a connection');
    await this.turn(deadline);
  }

  /** Whoever frees a place gives it to the next in line, so `lent` stays as it is. */
  private turn(deadline: Deadline): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        go: () => {
          clearTimeout(timer);
          resolve();
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(new PoolTimeout('no connection became free in time'));
      }, deadline.remainingMs());
      this.waiting.push(waiter);
    });
  }

  private async fitIdle(deadline: Deadline): Promise<C | undefined> {
    for (let next = this.idle.pop(); next; next = this.idle.pop()) {
      const { connection, sinceMs } = next;
      if (performance.now() - sinceMs > this.options.maxIdleMs) this.discard(connection);
      else if (connection.isAlive && (await this.options.isFit(connection, deadline))) return connection;
      else {
        this.discard(connection);
        this.closeIdleSince(sinceMs);
      }
    }
    return undefined;
  }

  private async opened(deadline: Deadline): Promise<C> {
    this.makeRoom();
    const connection = await this.options.open(deadline);
    if (this.isClosed) {
      connection.close();
      throw new PoolTimeout('the pool is closed');
    }
    this.all.add(connection);
    return connection;
  }

  /** Idle ones may fill the places of those that were lent, when somebody insists on a fresh connection. */
  private makeRoom(): void {
    const oldest = this.all.size >= this.options.maxConnections ? this.idle.shift() : undefined;
    if (oldest) this.discard(oldest.connection);
  }

  private takeBack(connection: C | undefined): void {
    if (connection) this.keepOrDiscard(connection);
    const next = this.waiting.shift();
    if (next) next.go();
    else this.lent--;
  }

  private keepOrDiscard(connection: C): void {
    if (this.isClosed || !connection.isAlive) return this.discard(connection);
    this.idle.push({ connection, sinceMs: performance.now() });
    this.sweepLater();
  }

  private discard(connection: C): void {
    this.all.delete(connection);
    connection.close();
  }

  private closeIdleSince(sinceMs: number): void {
    const stale = this.idle.filter((one) => one.sinceMs <= sinceMs);
    this.idle = this.idle.filter((one) => one.sinceMs > sinceMs);
    for (const { connection } of stale) this.discard(connection);
  }

  /** One timer for all; it never keeps the process alive. */
  private sweepLater(): void {
    if (this.sweepTimer || this.isClosed) return;
    this.sweepTimer = setTimeout(() => {
      this.sweepTimer = undefined;
      this.closeIdleSince(performance.now() - this.options.maxIdleMs);
      if (this.idle.length > 0) this.sweepLater();
    }, this.options.maxIdleMs);
    this.sweepTimer.unref();
  }
}
