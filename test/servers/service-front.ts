import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** An answer that is always the same. */
export interface FixedAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FrontOptions {
  /** Where the paths without an answer of their own go. */
  readonly behind: { readonly port: number };
  readonly answers?: Readonly<Record<string, FixedAnswer>>;
  /** With an authority it lets in only who shows a certificate of it. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
}

/** Stands before a test service on a free port of 127.0.0.1, and answers some paths itself. */
export class ServiceFront {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start({ behind, answers = {}, tls }: FrontOptions): Promise<ServiceFront> {
    const listener = (from: IncomingMessage, to: ServerResponse) => {
      const answer = answers[from.url ?? ''];
      if (answer === undefined) return forward(from, to, behind.port);
      to.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      to.end(answer.body ?? '');
    };
    const server = tls
      ? createTlsServer({ ...tls, requestCert: tls.ca !== undefined }, listener)
      : createServer(listener);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new ServiceFront(server, `${tls ? 'https' : 'http'}://127.0.0.1:${portOf(server.address())}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function forward(from: IncomingMessage, to: ServerResponse, port: number): void {
  const { method, url, headers } = from;
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    // A browser may have gone meanwhile.
    if (to.destroyed) return void answer.destroy();
    to.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, to, () => undefined);
  });
  onward.on('error', () => to.destroy());
  pipeline(from, onward, () => undefined);
}

/** The port of a server that listens. */
export function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('The server does not listen on a port');
}
