import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import type { Settings } from '../../config/settings';
import { MetricsAccess } from './metrics-access';
import { expositionType, type Scrapes } from './scrapes';

const mostConnections = 16;
const requestTimeoutMs = 5000;
const mostHeaderBytes = 8192;

export interface MetricsServerOptions {
  readonly settings: Pick<Settings, 'METRICS_PORT' | 'METRICS_HOST' | 'METRICS_TOKEN' | 'TRUSTED_PROXIES'>;
  readonly scrapes: Scrapes;
  readonly logger: Logger;
}

/** The port for metrics alone (METRICS_PORT). It knows one path and one method. */
export class MetricsServer {
  private readonly access: MetricsAccess;
  private readonly server: Server;

  constructor(private readonly options: MetricsServerOptions) {
    this.access = new MetricsAccess(options.settings);
    this.server = createServer(
      {
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        maxHeaderSize: mostHeaderBytes,
        // What nobody has asked for in this time is closed, so that the process can end.
        keepAliveTimeout: requestTimeoutMs,
      },
      (request, response) => void this.answer(request, response),
    );
    this.server.maxConnections = mostConnections;
  }

  /** Where it listens, once it does. */
  get url(): string {
    const address: AddressInfo | string | null = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The metrics have no port');
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}`;
  }

  /** @throws Error in plain words when nothing can listen there */
  async listen(): Promise<void> {
    const { METRICS_HOST: host, METRICS_PORT: port } = this.options.settings;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) =>
        reject(new Error(`Cannot listen on METRICS_HOST and METRICS_PORT: ${describeError(error)}`)),
      );
      this.server.listen(port, host, resolve);
    });
    this.options.logger.info({ url: `${this.url}/metrics` }, 'Metrics are served');
  }

  /** Ends every connection; a scrape that runs is not worth waiting for. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isAsked = request.method === 'GET' && /^\/metrics(\?|$)/.test(request.url ?? '');
    if (!isAsked || !this.access.onOwnPort(request)) return send(response, 404, 'not found\n');
    try {
      send(response, 200, await this.options.scrapes.page());
    } catch (error) {
      this.options.logger.warn({ detail: describeError(error) }, 'The metrics could not be collected');
      send(response, 503, 'not collected in time\n');
    }
  }
}

function send(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, {
      'Content-Type': expositionType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(body);
}
