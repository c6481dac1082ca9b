import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type ContractOptions, type RecordedRequest, UpstreamContract } from './upstream-contract';

export type { RecordedRequest, UpstreamUser } from './upstream-contract';

/** What the service does instead of its own answer. */
export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string | Buffer;
      readonly headers?: Readonly<Record<string, string>>;
      /** Waits this long before the first byte. */
      readonly delayMs?: number;
    }
  /** Closes the connection with the request unanswered. */
  | { readonly kind: 'reset' }
  /** Takes the request and says nothing. */
  | { readonly kind: 'never' }
  /** Sends the head and part of the body, then nothing more (or closes the connection). */
  | { readonly kind: 'half-body'; readonly status: number; readonly body: string; readonly close?: boolean }
  /** A right answer so far, but it never ends. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  | { readonly kind: 'oversize'; readonly bytes: number }
  | { readonly kind: 'redirect'; readonly to: string }
  /** These bytes instead of HTTP. */
  | { readonly kind: 'raw'; readonly bytes: string };

export interface UpstreamOptions extends ContractOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Stands for the paths without a behaviour of their own; no path looks like this. */
const everywhere = '*';

/** Starts a service that speaks the AuthJWT contract on a free port of 127.0.0.1. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new Upstream(options);
  await upstream.start();
  return upstream;
}

/** A small legacy authentication service, over a real socket. */
export class Upstream {
  readonly requests: RecordedRequest[] = [];
  /** How many connections have been opened since the start. */
  connections = 0;
  port = 0;
  /** What it answers by itself. */
  readonly contract: UpstreamContract;
  /** By path; `everywhere` for the other paths. */
  private readonly behaviours = new Map<string, Behaviour>();
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly options: UpstreamOptions) {
    this.contract = new UpstreamContract(options);
  }

  get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Every token that it gave out. */
  get issuedTokens(): readonly string[] {
    return this.contract.issuedTokens;
  }

  /** The refresh tokens whose sessions were ended. */
  get revokedTokens(): readonly string[] {
    return this.contract.revokedTokens;
  }

  /** Signs with a new key from now on; `forget` takes the old keys out of the published ones. */
  rotateKeys(options?: { readonly forget?: boolean }): void {
    this.contract.rotateKeys(options);
  }

  /** The requests to this path so far. */
  requestsTo(path: string): readonly RecordedRequest[] {
    return this.requests.filter(({ url }) => pathOf(url) === path);
  }

  /**
   * From now on does this instead of its own answer, at this path (without a query) or everywhere. Without a behaviour the path is
   * itself again, without any argument everything is.
   */
  behave(behaviour?: Behaviour, path?: string): void {
    if (behaviour) this.behaviours.set(path ?? everywhere, behaviour);
    else if (path === undefined) this.behaviours.clear();
    else this.behaviours.delete(path);
  }

  /** Listens, after a stop on the same port as before. */
  async start(): Promise<void> {
    const server = this.makeServer((request, response) => this.handle(request, response));
    server.on('connection', (socket: Socket) => this.remember(socket));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = portOf(server.address());
  }

  /** Breaks every connection and stops listening. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  private makeServer(listener: RequestListener): Server {
    return this.options.tls ? createTlsServer(this.options.tls, listener) : createServer(listener);
  }

  private remember(socket: Socket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const recorded = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      this.requests.push(recorded);
      const behaviour = this.behaviours.get(pathOf(url)) ?? this.behaviours.get(everywhere);
      if (behaviour) this.misbehave(behaviour, response);
      else this.answer(recorded, response);
    });
  }

  private answer(request: RecordedRequest, response: ServerResponse): void {
    const { status, body, headers } = this.contract.answer(request, this.url);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body));
  }

  private misbehave(behaviour: Behaviour, response: ServerResponse): void {
    switch (behaviour.kind) {
      case 'answer':
        this.later(behaviour.delayMs ?? 0, () => {
          response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers });
          response.end(behaviour.body ?? '');
        });
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'never':
        return;
      case 'half-body':
        response.writeHead(behaviour.status, { 'content-length': String(behaviour.body.length + 100) });
        response.write(behaviour.body, () => {
          if (behaviour.close) response.socket?.destroy();
        });
        return;
      case 'drip':
        response.writeHead(200, { 'content-type': 'application/json' });
        this.drip(behaviour.everyMs, response);
        return;
      case 'oversize':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`{"success":true,"filler":"${'x'.repeat(behaviour.bytes)}"}`);
        return;
      case 'redirect':
        response.writeHead(302, { location: behaviour.to }).end();
        return;
      case 'raw':
        response.socket?.end(behaviour.bytes);
        return;
    }
  }

  private drip(everyMs: number, response: ServerResponse): void {
    if (response.destroyed) return;
    response.write(' ');
    this.later(everyMs, () => this.drip(everyMs, response));
  }

  private later(delayMs: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      task();
    }, delayMs);
    this.timers.add(timer);
  }
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('The server does not listen on a port');
}
