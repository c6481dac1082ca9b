import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A person whom the service knows. The name is compared without regard to case. */
export interface UpstreamUser {
  readonly usuario: string;
  readonly contrasenia: string;
  /** Claims of the access token beside the standard ones. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Further fields of `data` beside the tokens. */
  readonly data?: Readonly<Record<string, unknown>>;
}

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

export interface UpstreamOptions {
  readonly users?: readonly UpstreamUser[];
  readonly loginPath?: string;
  /** When set, a login without it is a bad request. */
  readonly idSistema?: number;
  readonly algorithm?: 'RS256' | 'HS256';
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const defaultUser: UpstreamUser = {
  usuario: 'maria',
  contrasenia: 'contraseña de maría',
  claims: { sub: '1042', name: 'María López', email: 'maria@example.org', roles: ['juez'] },
};
const tokenLifeSeconds = 900;

/** Starts a service that speaks the AuthJWT contract on a free port of 127.0.0.1. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new Upstream(options);
  await upstream.start();
  return upstream;
}

/** A small legacy authentication service, over a real socket. */
export class Upstream {
  readonly requests: RecordedRequest[] = [];
  /** Every token that it gave out. */
  readonly issuedTokens: string[] = [];
  /** How many connections have been opened since the start. */
  connections = 0;
  port = 0;
  private behaviour: Behaviour | undefined;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly signToken: (payload: object) => string;

  constructor(private readonly options: UpstreamOptions) {
    this.signToken = tokenSigner(options.algorithm ?? 'RS256');
  }

  get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  get users(): readonly UpstreamUser[] {
    return this.options.users ?? [defaultUser];
  }

  /** From now on does this instead of its own answer; without an argument it is itself again. */
  behave(behaviour?: Behaviour): void {
    this.behaviour = behaviour;
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
      if (this.behaviour) this.misbehave(this.behaviour, response);
      else this.answerLogin(recorded, response);
    });
  }

  private answerLogin(request: RecordedRequest, response: ServerResponse): void {
    const path = this.options.loginPath ?? '/api/AuthJWT/Login';
    if (request.url !== path) return sendEnvelope(response, 404, failure('No encontrado'));
    if (request.method !== 'POST') return sendEnvelope(response, 405, failure('Método no permitido'));
    const { usuario, contrasenia, idSistema } = fieldsOf(request.body);
    const { idSistema: wantedSystem } = this.options;
    if (typeof usuario !== 'string' || typeof contrasenia !== 'string' || idSistema !== wantedSystem) {
      return sendEnvelope(response, 400, failure('Datos incompletos'));
    }
    const user = this.users.find((known) => known.usuario.toLowerCase() === usuario.toLowerCase());
    if (user?.contrasenia !== contrasenia) {
      return sendEnvelope(response, 401, failure('Usuario o contraseña incorrectos'));
    }
    return sendEnvelope(response, 200, this.success(user));
  }

  private success(user: UpstreamUser): object {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const standard = { iss: this.url, aud: 'app', iat: nowSeconds, exp: nowSeconds + tokenLifeSeconds };
    const accessToken = this.signToken({ ...standard, ...user.claims });
    const refreshToken = randomBytes(32).toString('base64url');
    this.issuedTokens.push(accessToken, refreshToken);
    const data = { ...user.data, access_token: accessToken, refresh_token: refreshToken };
    return { success: true, status: 200, message: 'Inicio de sesión correcto', errors: [], data };
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

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

function failure(message: string): object {
  return { success: false, message, errors: [message], data: null };
}

function sendEnvelope(response: ServerResponse, status: number, envelope: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ status, ...envelope }));
}

function tokenSigner(algorithm: 'RS256' | 'HS256'): (payload: object) => string {
  const signature = algorithm === 'RS256' ? rsaSignature() : hmacSignature();
  return (payload) => {
    const input = `${encoded({ alg: algorithm, typ: 'JWT', kid: 'upstream-1' })}.${encoded(payload)}`;
    return `${input}.${signature(input).toString('base64url')}`;
  };
}

function rsaSignature(): (input: string) => Buffer {
  const privateKey: KeyObject = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return (input) => sign('sha256', Buffer.from(input), privateKey);
}

function hmacSignature(): (input: string) => Buffer {
  const key = randomBytes(32);
  return (input) => createHmac('sha256', key).update(input).digest();
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('The server does not listen on a port');
}
