import type { Client } from 'ldapts';
import { describeError } from '../../../common/system-error';
import { CircuitBreaker } from './circuit-breaker';
import { ConnectionPool, type PoolOptions } from './connection-pool';
import { Deadline } from './deadline';
import { describeFailure, resultCodeOf } from './directory-failure';
import { isBrokenOff, isOutage, isTimeout, PooledConnection } from './pooled-connection';
import type { SearchRequest } from './search-request';
import {
  addressText,
  ConnectFailure,
  openClient,
  type ServerAddress,
  type TransportOptions,
} from './transport';
import { TruncatedAnswer } from './truncated-answer';
import { bindService } from '../bind/user-bind';
import { searchWhole, type WholeAnswer } from './whole-search';

export interface ServiceAccount {
  readonly name: string;
  readonly password: string;
}

export interface ServerOptions {
  readonly transport: TransportOptions;
  /** Undefined for a directory that lets anybody search. */
  readonly serviceAccount: ServiceAccount | undefined;
  readonly probeIntervalMs: number;
  /** A wait that its caller cut short says something of the server only when it was as long as this. */
  readonly patienceMs: number;
  readonly maxConnections: number;
  readonly maxSearchConnections: number;
  readonly maxQueue: number;
  readonly maxIdleMs: number;
}

/** How one server is, for operators. */
export interface ServerHealth {
  readonly address: string;
  readonly isUp: boolean;
  /** What went wrong last, also when it works again. */
  readonly lastError: string | undefined;
  readonly connections: number;
  readonly waiting: number;
}

/** Nothing was sent that must not be sent twice, so the next server may be asked instead. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
}

/** The directory refuses the service account. Every server of it would. */
export class ServiceAccountRefused extends Error {
  override readonly name = 'ServiceAccountRefused';

  constructor() {
    super('the directory refuses the service account (LDAP_BIND_DN and LDAP_BIND_PASSWORD)');
  }
}

/** A kept connection that was silent for longer than this part of LDAP_MAX_IDLE_MS is asked first whether it is still there. */
const trustedPartOfIdle = 1 / 20;
/** Short, because a fresh connection is the better proof. */
const longestDoubtMs = 1000;
/**
 * What a search says to nobody in particular: 1 in Active Directory, 32 and 50 elsewhere. A server may have forgotten our bind
 * though the connection is there; a freshly bound one shows whether it means what it says.
 */
const resultsOfNobody: ReadonlySet<number | undefined> = new Set([1, 32, 50]);

/**
 * One server of a directory: its connections, and whether it works. User binds and searches have connections of their own, since
 * a bind takes away the rights of whatever else runs on a connection (RFC 4511 section 4.2.1).
 */
export class DirectoryServer {
  readonly url: string;
  private readonly breaker: CircuitBreaker;
  private readonly users: ConnectionPool<PooledConnection>;
  private readonly services: ConnectionPool<PooledConnection>;
  private lastError: string | undefined;
  private refusedUntilMs = -Infinity;
  private doubtAgainAtMs = -Infinity;
  private probeTimer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly address: ServerAddress,
    private readonly options: ServerOptions,
    private readonly onChange: (health: ServerHealth) => void = () => undefined,
  ) {
    this.url = addressText(address);
    this.breaker = new CircuitBreaker(options.probeIntervalMs);
    this.users = this.pool(options.maxConnections, (deadline) => this.open(deadline));
    this.services = this.pool(options.maxSearchConnections, (deadline) => this.openAsService(deadline));
  }

  /** Whether logins may use it. */
  get isUp(): boolean {
    return this.breaker.isClosed && !this.isClosed;
  }

  /**
   * A connection for user binds, proven to be alive, for one task; never two tasks at a time. Whatever the task sends may have
   * arrived, so it runs once at most.
   * @throws NotReached when there is no such connection; else what the task threw
   */
  async withUser<T>(deadline: Deadline, task: (client: Client) => Promise<T>): Promise<T> {
    return this.users.lend(deadline, async (connection) => {
      try {
        return await this.watched(connection, deadline, task, { blameBreaks: true });
      } catch (error) {
        // Only a verdict leaves a connection as good as it was.
        connection.close();
        throw error;
      }
    });
  }

  /** The same with a connection that is bound as the service account. */
  withService<T>(
    deadline: Deadline,
    task: (client: Client) => Promise<T>,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<T> {
    const lent = (connection: PooledConnection) =>
      this.watched(connection, deadline, task, { blameBreaks: fresh });
    return this.services.lend(deadline, lent, { fresh });
  }

  /**
   * Searches as the service account. A search may be sent twice: on a broken connection, or one whose bind the server has
   * forgotten, it gets a second try on a fresh one.
   * @throws NotReached when the server is no help; else why there is no answer
   */
  async search(request: SearchRequest, deadline: Deadline): Promise<WholeAnswer> {
    const task = (client: Client) =>
      searchWhole(client, request, deadline, this.options.transport.operationTimeoutMs);
    try {
      return await this.withService(deadline, task);
    } catch (error) {
      if (!this.deservesFreshConnection(error)) throw this.asNotReached(error);
    }
    // Those that wait idle have the same history.
    this.services.closeIdle();
    try {
      return await this.withService(deadline, task, { fresh: true });
    } catch (error) {
      throw this.asNotReached(error);
    }
  }

  health(): ServerHealth {
    return {
      address: this.url,
      isUp: this.isUp,
      lastError: this.lastError,
      connections: this.users.size + this.services.size,
      waiting: this.users.waitingCount + this.services.waitingCount,
    };
  }

  retryAfterMs(): number {
    return this.breaker.retryAfterMs(performance.now());
  }

  /** No other server works, so this one should be probed soon. */
  hurry(): void {
    this.breaker.hurry();
    this.probeLater();
  }

  /** DNS no longer names it: it gets no more work, and finishes what it has. */
  retire(): void {
    this.end('retire', new NotReached(`${this.url} is no longer a server of this directory`));
  }

  close(): void {
    this.end('close', new Error('the gateway is closing its connections'));
  }

  private end(how: 'retire' | 'close', reason: Error): void {
    this.isClosed = true;
    clearTimeout(this.probeTimer);
    this.users[how](reason);
    this.services[how](reason);
  }

  private pool(
    maxConnections: number,
    open: (deadline: Deadline) => Promise<PooledConnection>,
  ): ConnectionPool<PooledConnection> {
    const { maxIdleMs, maxQueue: maxWaiting } = this.options;
    const isFit: PoolOptions<PooledConnection>['isFit'] = (connection, deadline) =>
      connection.silentForMs < maxIdleMs * trustedPartOfIdle
        ? Promise.resolve(true)
        : connection.answers(deadline.within(longestDoubtMs));
    return new ConnectionPool({ maxConnections, maxWaiting, maxIdleMs, open, isFit });
  }

  private async open(deadline: Deadline): Promise<PooledConnection> {
    const startedAtMs = performance.now();
    try {
      return new PooledConnection(await openClient(this.address, this.options.transport, deadline));
    } catch (error) {
      // Nobody can connect in the last moment of a login; that says nothing of the server.
      if (!deadline.isOver || this.wasPatient(startedAtMs)) this.fail(error);
      throw new NotReached(describeError(error), { cause: error });
    }
  }

  private async openAsService(deadline: Deadline): Promise<PooledConnection> {
    if (performance.now() < this.refusedUntilMs) throw new ServiceAccountRefused();
    const connection = await this.open(deadline);
    const account = this.options.serviceAccount;
    if (!account) return connection;
    try {
      const bind = (client: Client) => bindService(client, account.name, account.password);
      if (await this.watched(connection, deadline, bind, { blameBreaks: true })) return connection;
    } catch (error) {
      connection.close();
      throw this.asNotReached(error);
    }
    connection.close();
    // Each try counts as a wrong password of the account, and too many would lock it.
    this.refusedUntilMs = performance.now() + this.options.probeIntervalMs;
    throw new ServiceAccountRefused();
  }

  /**
   * Runs a task on a connection and learns from its failure whether the server is down.
   * @param blameBreaks whether a broken connection says so: an old one may just be old, and connecting anew will show it
   */
  private async watched<T>(
    connection: PooledConnection,
    deadline: Deadline,
    task: (client: Client) => Promise<T>,
    { blameBreaks }: { readonly blameBreaks: boolean },
  ): Promise<T> {
    const startedAtMs = performance.now();
    try {
      return await connection.run(deadline, task);
    } catch (error) {
      const isHaste = isTimeout(error) && deadline.isOver && !this.wasPatient(startedAtMs);
      if (isOutage(error) && !isHaste && (blameBreaks || !isBrokenOff(error))) this.fail(error);
      throw error;
    }
  }

  private wasPatient(startedAtMs: number): boolean {
    return performance.now() - startedAtMs >= this.options.patienceMs;
  }

  /** The doubt in a bind is bounded: a base DN that does not exist must not cost a connection for each login. */
  private deservesFreshConnection(error: unknown): boolean {
    if (isBrokenOff(error)) return true;
    if (!this.options.serviceAccount || !resultsOfNobody.has(resultCodeOf(error))) return false;
    const nowMs = performance.now();
    if (nowMs < this.doubtAgainAtMs) return false;
    this.doubtAgainAtMs = nowMs + this.options.probeIntervalMs;
    return true;
  }

  /** For what may be sent twice. */
  private asNotReached(error: unknown): unknown {
    if (error instanceof NotReached || error instanceof TruncatedAnswer || !isOutage(error)) return error;
    return new NotReached(this.inWords(error), { cause: error });
  }

  private fail(error: unknown): void {
    // Our own closing breaks connections too.
    if (this.isClosed) return;
    this.lastError = this.inWords(error);
    if (!this.breaker.fail(performance.now())) return;
    const reason = new NotReached(this.lastError, { cause: error });
    this.users.giveUp(reason);
    this.services.giveUp(reason);
    this.onChange(this.health());
    this.probeLater();
  }

  private inWords(error: unknown): string {
    if (error instanceof ConnectFailure) return error.message;
    return describeFailure(error, 'an operation', { ...this.options.transport, url: this.url });
  }

  private probeLater(): void {
    const waitMs = this.breaker.msUntilProbe(performance.now());
    if (waitMs === undefined || this.isClosed) return;
    clearTimeout(this.probeTimer);
    this.probeTimer = setTimeout(() => void this.probe(), waitMs);
    this.probeTimer.unref();
  }

  /** Connects and has the root DSE answered, which `openClient` does; the connection is not kept. */
  private async probe(): Promise<void> {
    const { connectTimeoutMs, tlsTimeoutMs, operationTimeoutMs } = this.options.transport;
    this.breaker.startProbe(performance.now());
    try {
      const deadline = Deadline.in(connectTimeoutMs + tlsTimeoutMs + operationTimeoutMs);
      new PooledConnection(await openClient(this.address, this.options.transport, deadline)).close();
      this.breaker.endProbe(true);
      this.onChange(this.health());
    } catch (error) {
      this.lastError = this.inWords(error);
      this.breaker.endProbe(false);
      this.probeLater();
    }
  }
}
