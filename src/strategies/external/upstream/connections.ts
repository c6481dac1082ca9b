import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'undici';
import type { Deadline } from '../../outbound/deadline';
import type { HostLookup } from '../../outbound/host-lookup';
import { NotReached } from './call-failure';
import { connectLimit, openSocket, type TlsTerms } from './connector';
import { ContinueFilter } from './continue-filter';
import { type Connection, exchange, type ExchangeRequest } from './exchange';
import type { UpstreamAnswer } from './upstream-call';

export interface ConnectionsOptions {
  readonly address: URL;
  readonly tls: TlsTerms;
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  readonly hosts?: HostLookup | undefined;
}

/** What a request needs beside the connection; limits count from when there is one. */
export type PendingRequest = () => ExchangeRequest;

const longestHeadBytes = 16 * 1024;
/** A service that says how long it keeps a connection gets it back this much earlier. */
const keepAliveMarginMs = 1000;

/**
 * The connections to one address: one request at a time on each, kept while idle.
 *
 * Each is a Client of undici on a socket of ours, rather than a Pool that connects by itself, because only so (1) it is sure whether
 * anything was sent; (2) a call that was given up makes no new connection, as a Pool's does; (3) the limits of connecting are exact.
 */
export class Connections {
  private readonly open = new Set<Connection>();
  /** The last one used comes last and is used first. */
  private readonly idle: Connection[] = [];
  private isClosed = false;

  constructor(private readonly options: ConnectionsOptions) {}

  /** @throws NotReached when not a byte of the request was sent; Unanswered when it may have arrived. */
  async send(request: PendingRequest, deadline: Deadline): Promise<UpstreamAnswer> {
    for (let kept = await this.takeIdle(); kept; kept = await this.takeIdle()) {
      const answer = await this.tryKept(kept, request);
      if (answer) return answer;
    }
    return this.sendOn(await this.connect(deadline), request);
  }

  /** Breaks off what is still running. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.open].map((connection) => this.discard(connection)));
  }

  /** Undefined when the service had closed it just before anything was written. */
  private async tryKept(kept: Connection, request: PendingRequest): Promise<UpstreamAnswer | undefined> {
    try {
      return await this.sendOn(kept, request);
    } catch (error) {
      if (error instanceof NotReached) return undefined;
      throw error;
    }
  }

  private async sendOn(connection: Connection, request: PendingRequest): Promise<UpstreamAnswer> {
    try {
      const answer = await exchange(connection, request());
      if (isUsable(connection) && !this.isClosed) this.idle.push(connection);
      else void this.discard(connection);
      return answer;
    } catch (error) {
      void this.discard(connection);
      throw error;
    }
  }

  private async takeIdle(): Promise<Connection | undefined> {
    for (let kept = this.idle.pop(); kept; kept = this.idle.pop()) {
      await polled();
      if (isUsable(kept)) return kept;
      void this.discard(kept);
    }
    return undefined;
  }

  private async connect(deadline: Deadline): Promise<Connection> {
    const { address, tls, hosts, connectTimeoutMs } = this.options;
    const limit = connectLimit(connectTimeoutMs, deadline);
    const socket = await openSocket(address, { limit, tls, hosts });
    const continueFilter = new ContinueFilter(socket);
    const connection: Connection = { socket, continueFilter, client: clientOn(socket, this.options) };
    this.open.add(connection);
    socket.on('error', (error: unknown) => (connection.firstError ??= error));
    socket.once('close', () => this.forget(connection));
    return connection;
  }

  private async discard(connection: Connection): Promise<void> {
    this.forget(connection);
    connection.socket.destroy();
    await connection.client.destroy();
  }

  private forget(connection: Connection): void {
    this.open.delete(connection);
    const index = this.idle.indexOf(connection);
    if (index !== -1) this.idle.splice(index, 1);
  }
}

function isUsable({ socket }: Connection): boolean {
  return !socket.destroyed && socket.readable && socket.writable;
}

/**
 * After the network has been looked at: a service may have ended the connection a moment ago. Two rounds, because the first may come
 * before that look.
 */
async function polled(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** A client that uses this socket and never another one. */
function clientOn(socket: Socket, { address, keepAliveMs }: ConnectionsOptions): Client {
  let isGiven = false;
  return new Client(address.origin, {
    pipelining: 1,
    maxHeaderSize: longestHeadBytes,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    keepAliveTimeoutThreshold: keepAliveMarginMs,
    // The limits of an exchange are exact; two more timers would say nothing new.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_options, callback) => {
      const isFirst = !isGiven;
      isGiven = true;
      // undici misses an answer that comes before its own call returns.
      queueMicrotask(() =>
        isFirst ? callback(null, socket) : callback(new Error('no second connection'), null),
      );
    },
  });
}
