import type { Client, Entry } from 'ldapts';
import { GatehouseError } from '../../../common/gatehouse-error';
import { StrategyUnavailable } from '../../credential-strategy';
import type { BindOutcome, PasswordNotice } from '../bind/bind-outcome';
import { PoolFull } from './connection-pool';
import type { Deadline } from '../../outbound/deadline';
import type { DirectoryEntry } from '../entry/directory-entry';
import { type Instruments, noInstruments } from '../../../common/instruments';
import { describeFailure, isAbsence } from './directory-failure';
import { DirectoryServer, NotReached, type ServerOptions } from './directory-server';
import type { PeerHealth } from '../../source-health';
import type { DirectoryReader, SearchRequest } from './search-request';
import { ldapTimers } from './measured-client';
import { NoServers, ServerList, type ServerListOptions, type ServerSource } from './server-list';
import { timedTransport, trustsDnsTargets } from './tls-options';
import { addressText, type ServerAddress } from './transport';
import { bindUser } from '../bind/user-bind';
import { searchWhole, type WholeAnswer } from './whole-search';

export interface DirectoryOptions extends ServerOptions {
  readonly servers: readonly ServerSource[];
}

export interface DirectoryHooks {
  /** The server named other places to look at. They are never followed. */
  readonly onReferrals?: (referrals: readonly string[]) => void;
  /** A server went out of use or came back. */
  readonly onServerChange?: (health: PeerHealth) => void;
  readonly resolveSrv?: ServerListOptions['resolveSrv'];
  readonly instruments?: Instruments;
}

/** A user bind together with what was done as that user. */
export type BoundOutcome<T> =
  | { readonly accepted: true; readonly notice: PasswordNotice; readonly value: T }
  | Extract<BindOutcome, { accepted: false }>;

/** What runs on the connection of a user who has just bound. */
export type UserTask<T> = (reader: DirectoryReader, client: Client, notice: PasswordNotice) => Promise<T>;

/** `isEncrypted` is true for ldaps:// and after StartTLS; a directory may have servers of both kinds. */
export type ConnectionTask<T> = (client: Client, isEncrypted: boolean) => Promise<T>;

const dnsAnswerMs = 5 * 60_000;

/**
 * One directory, however many servers it has. Chooses the server, lends the connections and bounds every wait by the caller's
 * deadline. A user bind is sent once at most: as soon as it may have reached a server, no other one is asked.
 * Every failure is a StrategyUnavailable; a refused password is a value.
 */
export class Directory implements DirectoryReader {
  private readonly list: ServerList;
  private readonly servers = new Map<string, DirectoryServer>();
  private isClosed = false;

  constructor(
    private readonly strategy: string,
    private readonly options: DirectoryOptions,
    private readonly hooks: DirectoryHooks = {},
  ) {
    this.list = new ServerList(options.servers, {
      refreshMs: dnsAnswerMs,
      retryMs: options.probeIntervalMs,
      lookupTimeoutMs: options.transport.connectTimeoutMs,
      trustsDnsTargets: trustsDnsTargets(options.transport),
      resolveSrv: hooks.resolveSrv,
    });
  }

  /** As the service account. A search is repeated, also on another server, until one answers or all have failed. */
  search(request: SearchRequest, deadline: Deadline): Promise<DirectoryEntry[]> {
    return orNone(request, async () =>
      this.entriesOf(await this.onServer('search', deadline, (server) => server.search(request, deadline))),
    );
  }

  /** Exactly one simple bind; the connection is nobody else's meanwhile. */
  bindUser(name: string, password: string, deadline: Deadline): Promise<BindOutcome> {
    return this.withUser((client) => bindUser(client, name, password), deadline);
  }

  /** Binds, and if that is accepted runs the task with the user's own rights on the same connection. */
  bindUserThen<T>(
    name: string,
    password: string,
    deadline: Deadline,
    task: UserTask<T>,
  ): Promise<BoundOutcome<T>> {
    return this.withUser(async (client) => {
      const outcome = await bindUser(client, name, password);
      if (!outcome.accepted) return outcome;
      const value = await task(this.readerOn(client), client, outcome.notice);
      return { accepted: true, notice: outcome.notice, value };
    }, deadline);
  }

  /** Any work on a connection for user binds, which begins with a bind of its own. Runs once, on one server. */
  withUser<T>(task: ConnectionTask<T>, deadline: Deadline): Promise<T> {
    return this.onServer('bind', deadline, (server) =>
      server.withUser(deadline, (client) => task(client, server.isEncrypted)),
    );
  }

  /** Any work as the service account, such as setting a password. Runs once, on one server. */
  withService<T>(task: ConnectionTask<T>, deadline: Deadline): Promise<T> {
    return this.onServer('service', deadline, (server) =>
      server.withService(deadline, (client) => task(client, server.isEncrypted)),
    );
  }

  /** What a server tells everybody about itself (RFC 4512 section 5.1). */
  async rootDse(attributes: readonly string[], deadline: Deadline): Promise<Entry | undefined> {
    const read = async (client: Client) => {
      const { searchEntries } = await client.search('', { scope: 'base', attributes: [...attributes] });
      return searchEntries[0];
    };
    return this.onServer('root DSE', deadline, (server) => server.withService(deadline, read));
  }

  get hasServiceAccount(): boolean {
    return this.options.serviceAccount !== undefined;
  }

  /** Every server that was asked so far. */
  health(): readonly PeerHealth[] {
    return [...this.servers.values()].map((server) => server.health());
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.servers.values()].map((server) => server.close()));
  }

  /** Searches with the rights of whoever is bound on a connection that a task was lent. */
  readerOn(client: Client): DirectoryReader {
    const { operationTimeoutMs } = this.options.transport;
    return {
      search: (request, deadline) =>
        orNone(request, async () => {
          try {
            return this.entriesOf(await searchWhole(client, request, deadline, operationTimeoutMs));
          } catch (error) {
            throw this.unavailable('search', error);
          }
        }),
    };
  }

  private entriesOf({ entries, referrals }: WholeAnswer): DirectoryEntry[] {
    if (referrals.length > 0) this.hooks.onReferrals?.(referrals);
    return entries;
  }

  /** The first server that works, those under suspicion last. The next one is asked only where nothing was sent that must not be sent twice. */
  private async onServer<T>(
    step: string,
    deadline: Deadline,
    use: (server: DirectoryServer) => Promise<T>,
  ): Promise<T> {
    const faults: string[] = [];
    for (const server of trustedFirst(await this.known(deadline))) {
      if (!server.isUp || deadline.isOver) {
        faults.push(server.health().lastError ?? `${server.url} was not asked`);
        continue;
      }
      try {
        return await use(server);
      } catch (error) {
        if (!(error instanceof NotReached)) throw this.unavailable(step, error, server.url);
        faults.push(error.message);
      }
    }
    throw this.noneReached(deadline, faults);
  }

  private async known(deadline: Deadline): Promise<readonly DirectoryServer[]> {
    if (this.isClosed) throw new StrategyUnavailable(this.strategy, 'the gateway is shutting down');
    try {
      const servers = (await this.list.addresses(deadline)).map((address) => this.serverAt(address));
      this.retireAllBut(servers);
      return servers;
    } catch (error) {
      if (!(error instanceof NoServers)) throw error;
      throw new StrategyUnavailable(this.strategy, `${error.message} (LDAP_URL)`, {
        cause: error,
        retryAfterSeconds: secondsOf(this.options.probeIntervalMs),
      });
    }
  }

  private serverAt(address: ServerAddress): DirectoryServer {
    const url = addressText(address);
    const known = this.servers.get(url);
    if (known) return known;
    const timers = ldapTimers(this.hooks.instruments ?? noInstruments, { source: this.strategy, ...address });
    const options = { ...this.options, transport: timedTransport(this.options.transport, timers) };
    const server = new DirectoryServer(address, options, (health) => this.serverChanged(health));
    this.servers.set(url, server);
    return server;
  }

  private serverChanged(health: PeerHealth): void {
    this.hooks.onServerChange?.(health);
    const servers = [...this.servers.values()];
    if (servers.some(({ isUp }) => isUp)) return;
    for (const server of servers) server.hurry();
  }

  private retireAllBut(current: readonly DirectoryServer[]): void {
    if (this.servers.size === current.length) return;
    for (const [url, server] of this.servers) {
      if (current.includes(server)) continue;
      server.retire();
      this.servers.delete(url);
    }
  }

  private noneReached(deadline: Deadline, faults: readonly string[]): StrategyUnavailable {
    const servers = [...this.servers.values()];
    if (servers.every(({ isUp }) => !isUp)) this.list.doubt();
    const what = deadline.isOver ? 'out of time (LDAP_LOGIN_TIMEOUT_MS)' : 'no server works';
    const waits = servers.map((server) => server.retryAfterMs());
    return new StrategyUnavailable(this.strategy, `${what}: ${faults.join('; ')}`, {
      retryAfterSeconds: secondsOf(Math.min(...waits)),
    });
  }

  /** What the gateway threw itself passes unchanged, such as a password that the directory would not take. */
  private unavailable(step: string, error: unknown, url = 'the directory'): GatehouseError {
    if (error instanceof GatehouseError) return error;
    const options = { cause: error, retryAfterSeconds: 1 };
    if (error instanceof PoolFull) {
      const detail = 'too many logins wait for the directory (LDAP_MAX_CONNECTIONS, LDAP_MAX_QUEUE)';
      return new StrategyUnavailable(this.strategy, detail, options);
    }
    const detail = describeFailure(error, step, { ...this.options.transport, url });
    return new StrategyUnavailable(this.strategy, detail, options);
  }
}

/** Nothing where the base of a search is no entry and need not be one. */
async function orNone(
  { mayBeMissing = false }: SearchRequest,
  search: () => Promise<DirectoryEntry[]>,
): Promise<DirectoryEntry[]> {
  try {
    return await search();
  } catch (error) {
    if (mayBeMissing && error instanceof StrategyUnavailable && isAbsence(error.cause)) return [];
    throw error;
  }
}

function trustedFirst(servers: readonly DirectoryServer[]): readonly DirectoryServer[] {
  if (servers.length === 1) return servers;
  return [...servers].sort((one, other) => Number(one.isDoubted) - Number(other.isDoubted));
}

/** For `Retry-After`: at least one. */
function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
