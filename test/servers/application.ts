import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';

/** An application that a proxy protects: it answers everything with what was asked, notes what it was sent, and echoes what comes after any `Upgrade`. */
export class Application {
  /** Each request that came through, with its headers as they came: name, value, name, value. */
  readonly seen: { readonly path: string; readonly rawHeaders: readonly string[] }[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Application> {
    const server = createServer();
    const application = new Application(server);
    server.on('request', (request, response) => {
      application.note(request);
      response.setHeader('Set-Cookie', 'theme=dark; Path=/');
      response.setHeader('Cache-Control', 'public, max-age=60');
      response.write(`application: ${request.method} ${request.url} `);
      request.pipe(response);
    });
    server.on('upgrade', (request, socket) => {
      application.note(request);
      socket.on('error', () => socket.destroy());
      const lines = [
        'Connection: Upgrade',
        `Upgrade: ${request.headers.upgrade}`,
        `Sec-WebSocket-Accept: ${acceptOf(request)}`,
      ];
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return application;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The application does not listen');
    return address.port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private note({ url = '', rawHeaders }: IncomingMessage): void {
    this.seen.push({ path: url, rawHeaders: [...rawHeaders] });
  }
}

/** RFC 6455 section 4.2.2; HAProxy looks at it. */
function acceptOf({ headers }: IncomingMessage): string {
  const key = `${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  return createHash('sha1').update(key).digest('base64');
}
