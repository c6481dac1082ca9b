import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as ask,
  type Server,
  type ServerResponse,
} from 'node:http';

/** The phone's network between the application and the gateway, which does what networks do. */
export class Network {
  isOnline = true;
  /** How many answers to refreshes are still to be lost: the gateway has done its work, and nobody learns of it. */
  refreshAnswersToLose = 0;
  /** How often the gateway was asked for a refresh. */
  refreshes = 0;

  readonly #target: URL;
  readonly #server: Server;

  private constructor(gatewayUrl: string) {
    this.#target = new URL(gatewayUrl);
    this.#server = createServer((request, response) => this.#pass(request, response));
  }

  static async to(gatewayUrl: string): Promise<Network> {
    const network = new Network(gatewayUrl);
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  /** The gateway's address, as the phone sees it. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The network is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url: path } = request;
    if (!this.isOnline) return void response.destroy();
    const isRefresh = path === '/api/auth/refresh';
    if (isRefresh) this.refreshes++;
    const { hostname, port } = this.#target;
    const passed = ask({ hostname, port, method, path, headers }, (answer) => {
      if (isRefresh && this.refreshAnswersToLose > 0) {
        this.refreshAnswersToLose--;
        answer.resume();
        return void response.destroy();
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  }
}
