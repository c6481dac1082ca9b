import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** A TCP server on 127.0.0.1 that says exactly what a test wants, which may be anything but HTTP. */
export class RawServer {
  /** How many connections have been opened since the start. */
  connections = 0;
  /** Everything that was received, connection by connection, as latin1. */
  readonly received: string[] = [];
  private readonly live = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** `onData` gets the number of the chunk on its connection, from 1. */
  static async start(onData: (socket: Socket, count: number) => void): Promise<RawServer> {
    const server = createServer();
    const raw = new RawServer(server);
    server.on('connection', (socket) => raw.serve(socket, onData));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return raw;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The server does not listen');
    return address.port;
  }

  get openSockets(): number {
    return this.live.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.live) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket, onData: (socket: Socket, count: number) => void): void {
    const index = this.connections++;
    let count = 0;
    this.live.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.live.delete(socket));
    socket.on('data', (bytes) => {
      this.received[index] = `${this.received[index] ?? ''}${bytes.toString('latin1')}`;
      onData(socket, ++count);
    });
  }
}
