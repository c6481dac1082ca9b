import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of bytes that reach the proxy; it can be changed while connections are open. */
export type FaultMode =
  | 'pass'
  /** Like a firewall that drops packets: connections stay open and nothing gets through. */
  | 'blackhole'
  /** The next bytes from the client break its connection off with a reset; they do not reach the server. */
  | 'reset'
  /** The next bytes from the server break the connection off: the server has done its work, and nobody learns of it. */
  | 'reset-answer'
  /** New connections are accepted and ended at once. */
  | 'close';

/** A TCP proxy on 127.0.0.1 that spoils what goes through it. */
export class FaultProxy {
  mode: FaultMode = 'pass';
  /** Each way. */
  delayMs = 0;
  connections = 0;

  private readonly live = new Set<Socket>();
  private readonly forgotten = new WeakSet<Socket>();
  private readonly server: Server;

  private constructor(private readonly targetPort: number) {
    this.server = createServer((client) => this.serve(client));
  }

  static async to(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy does not listen');
    return address.port;
  }

  /** How many sockets are open, of clients and to the server. */
  get openSockets(): number {
    return this.live.size;
  }

  /** Ends every connection that is open now, as a server does that restarts. */
  endAll(): void {
    for (const socket of this.live) socket.destroy();
  }

  /** Lets nothing more through on the connections that are open now, as a firewall that has forgotten them. */
  forgetAll(): void {
    for (const socket of this.live) this.forgotten.add(socket);
  }

  async close(): Promise<void> {
    this.mode = 'pass';
    this.endAll();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(client: Socket): void {
    this.connections++;
    if (this.mode === 'close') return void client.destroy();
    const server = connect(this.targetPort, '127.0.0.1');
    this.join(client, server);
    client.on('data', (bytes) => this.pass(bytes, { from: client, to: server, breaksOn: 'reset' }));
    server.on('data', (bytes) => this.pass(bytes, { from: server, to: client, breaksOn: 'reset-answer' }));
  }

  private join(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.live.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.live.delete(socket);
        // A machine behind a firewall that drops packets does not hear of the end either.
        if (this.mode !== 'blackhole') other.destroy();
      });
    }
  }

  private pass(
    bytes: Buffer,
    { from, to, breaksOn }: { readonly from: Socket; readonly to: Socket; readonly breaksOn: FaultMode },
  ): void {
    if (this.mode === 'blackhole' || this.forgotten.has(from)) return;
    if (this.mode !== breaksOn) {
      if (this.delayMs === 0) to.write(bytes);
      else setTimeout(() => to.write(bytes), this.delayMs);
      return;
    }
    from.resetAndDestroy();
    to.resetAndDestroy();
  }
}
