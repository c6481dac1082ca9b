import type { Client } from 'ldapts';
import { describeError } from '../../../common/system-error';
import { ConnectionPool, type PoolOptions } from './connection-pool';
import { Deadline } from '../../outbound/deadline';
import type { PeerHealth } from '../../source-health';
import { describeFailure, resultCodeOf } from './directory-failure';
import { isBrokenOff, isOutage, isTimeout, PooledConnection } from './pooled-connection';
import type { SearchRequest } from './search-request';
import { ServerWatch } from './server-watch';
import { type ServiceAccount, ServiceBinds } from './service-binds';
import {
  addressText,
  ConnectFailure,
  openClient,
  type ServerAddress,
  type TransportOptions,
} from './transport';
import { TruncatedAnswer } from './truncated-answer';
import { searchWhole, type WholeAnswer } from './whole-search';

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

/** Nothing was sent that must not be sent twice, so the next server may be asked instead. */
export class NotReached extends Error {
  override readonly name = 'NotReached';
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
  /** Whether what goes over its connections is encrypted. */
  readonly isEncrypted: boolean;
  private readonly watch: ServerWatch;
  private readonly users: ConnectionPool<PooledConnection>;
  private readonly services: ConnectionPool<PooledConnection>;
  private readonly serviceBinds: ServiceBinds | undefined;
  private readonly openings = new Set<AbortController>();
  private doubtAgainAtMs = -Infinity;

  constructor(
    private readonly address: ServerAddress,
    private readonly options: ServerOptions,
    private readonly onChange: (health: PeerHealth) => void = () => undefined,
  ) {
    const { probeIntervalMs, serviceAccount, transport } = options;
    this.url = addressText(address);
    this.isEncrypted = address.protocol === 'ldaps:' || transport.startTls;
    this.watch = this.newWatch();
    this.serviceBinds = serviceAccount && new ServiceBinds(serviceAccount, probeIntervalMs);
    this.users = this.pool(options.maxConnections, (deadline) => this.open(deadline));
    this.services = this.pool(options.maxSearchConnections, (deadline) => this.openAsService(deadline));
  }

  /** Whether logins may use it. */
  get isUp(): boolean {
    return this.watch.isUp;
  }

  /** Whether logins should rather use another one that is up. */
  get isDoubted(): boolean {
    return this.watch.isDoubted;
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

  health(): PeerHealth {
    return {
      address: this.url,
      isUp: this.isUp,
      lastError: this.watch.lastError,
      lastErrorAgeMs: this.watch.lastErrorAgeMs,
      connections: this.users.size + this.services.size,
      waiting: this.users.waitingCount + this.services.waitingCount,
    };
  }

  retryAfterMs(): number {
    return this.watch.retryAfterMs();
  }

  /** No other server works, so this one should be probed soon. */
  hurry(): void {
    this.watch.hurry();
  }

  /** DNS no longer names it: it gets no more work, and finishes what it has. */
  retire(): void {
    void this.end('retire', new NotReached(`${this.url} is no longer a server of this directory`));
  }

  /** Ends what is being opened as well, a probe too, and waits for no server. */
  close(): Promise<void> {
    const ended = this.end('close', new Error('the gateway is closing its connections'));
    for (const opening of this.openings) opening.abort();
    return ended;
  }

  private end(how: 'retire' | 'close', reason: Error): Promise<void> {
    const ended = this.watch.close();
    this.users[how](reason);
    this.services[how](reason);
    return ended;
  }

  private newWatch(): ServerWatch {
    return new ServerWatch({
      probeIntervalMs: this.options.probeIntervalMs,
      probe: () => this.probe(),
      inWords: (error) => this.inWords(error),
      onDown: (error) => this.wentDown(error),
      onUp: () => this.onChange(this.health()),
    });
  }

  private wentDown(error: unknown): void {
    const reason = new NotReached(this.inWords(error), { cause: error });
    this.users.giveUp(reason);
    this.services.giveUp(reason);
    this.onChange(this.health());
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
      return await this.connect(deadline);
    } catch (error) {
      // Nobody can connect in the last moment of a login; that says nothing of the server.
      if (!deadline.isOver || this.wasPatient(startedAtMs)) this.watch.fail(error);
      throw new NotReached(describeError(error), { cause: error });
    }
  }

  private async connect(deadline: Deadline): Promise<PooledConnection> {
    const opening = new AbortController();
    this.openings.add(opening);
    try {
      const transport = { ...this.options.transport, signal: opening.signal };
      return new PooledConnection(await openClient(this.address, transport, deadline));
    } finally {
      this.openings.delete(opening);
    }
  }

  private async openAsService(deadline: Deadline): Promise<PooledConnection> {
    this.serviceBinds?.heedPause();
    const connection = await this.open(deadline);
    try {
      await this.serviceBinds?.bind(deadline, (bind) =>
        this.watched(connection, deadline, bind, { blameBreaks: true }),
      );
      return connection;
    } catch (error) {
      connection.close();
      throw this.asNotReached(error);
    }
  }

  /**
   * Runs a task on a connection and learns from its failure whether the server may be down.
   * @param blameBreaks whether a broken connection hints at that: an old one may just be old, and connecting anew will show it
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
      if (isOutage(error) && !isHaste && (blameBreaks || !isBrokenOff(error))) this.watch.suspect(error);
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

  private inWords(error: unknown): string {
    if (error instanceof ConnectFailure) return error.message;
    return describeFailure(error, 'an operation', { ...this.options.transport, url: this.url });
  }

  /** Connects and has the root DSE answered, which `openClient` does; the connection is not kept. */
  private async probe(): Promise<void> {
    const { connectTimeoutMs, tlsTimeoutMs, operationTimeoutMs } = this.options.transport;
    const connection = await this.connect(Deadline.in(connectTimeoutMs + tlsTimeoutMs + operationTimeoutMs));
    connection.close();
  }
}
