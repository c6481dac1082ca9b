import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SignJWT } from 'jose';
import type { Clock } from '../../src/common/clock';
import type { Environment } from '../../src/config/load-settings';

/** A person's right password there. */
export const rightPassword = 'contraseña canaria de maría';
export const issuer = 'https://auth.judicial.example.org';
export const audience = 'judicial-app';
export const tokenLifeSeconds = 900;

/** A call that came in. */
export interface Call {
  readonly path: string;
  readonly cookie: string | undefined;
  readonly body: string;
}

/** What it answers instead of its own answer. */
export interface Instead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
}

/** The judicial authentication service, as its documentation has it, over real HTTP: it issues the tokens and keeps the sessions. */
export class JudicialService {
  readonly calls: Call[] = [];
  /** Every token that it gave out. */
  readonly issued: string[] = [];
  /** How its next refresh tokens look, and whether a refresh gives a new one. */
  makeRefreshToken = (): string | undefined => randomBytes(32).toString('base64');
  givesRefreshTokenAs: 'cookie' | 'json' = 'cookie';
  rotates = false;
  /** By the last part of the path, such as `Login`. */
  readonly instead = new Map<string, Instead>();
  private readonly live = new Set<string>();
  private readonly sockets = new Set<Socket>();
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly clock: Clock) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How a gateway is told to relay to it. */
  get environment(): Environment {
    return {
      STRATEGIES: 'external',
      EXTERNAL_AUTH_URL: this.url,
      EXTERNAL_AUTH_MODE: 'relay',
      EXTERNAL_AUTH_EXTRA_BODY: '{"idSistema":7}',
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: audience,
    };
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => this.take(request, response));
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address) this.port = address.port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Forgets the calls and is itself again. */
  reset(): void {
    this.calls.length = 0;
    this.instead.clear();
    this.rotates = false;
    this.givesRefreshTokenAs = 'cookie';
    this.makeRefreshToken = () => randomBytes(32).toString('base64');
  }

  callsOf(name: string): readonly Call[] {
    return this.calls.filter(({ path }) => path === `/api/AuthJWT/${name}`);
  }

  /** An access token, with what is to be otherwise. */
  sign(
    claims: Readonly<Record<string, unknown>> = {},
    { header = {}, key = this.keys.privateKey }: { header?: object; key?: KeyObject } = {},
  ): Promise<string> {
    const nowSeconds = this.clock.nowSeconds();
    const standard = { iss: issuer, aud: audience, iat: nowSeconds, exp: nowSeconds + tokenLifeSeconds };
    const person = { sub: '1042', name: 'María López', email: 'maria@example.org', roles: ['juez'] };
    return new SignJWT({ ...standard, ...person, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'judicial-1', typ: 'JWT', ...header })
      .sign(key);
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const call = { path, cookie: headers.cookie, body: Buffer.concat(chunks).toString('utf8') };
      this.calls.push(call);
      void this.answer(call, response);
    });
  }

  private async answer(call: Call, response: ServerResponse): Promise<void> {
    const name = call.path.replace('/api/AuthJWT/', '');
    const instead = this.instead.get(name);
    if (instead) {
      response.writeHead(instead.status, { 'content-type': 'application/json', ...instead.headers });
      response.end(instead.body ?? '{"success":false}');
    } else if (name === 'Login') await this.login(call, response);
    else if (name === 'RefreshToken') await this.refresh(call, response);
    else if (name === 'Revoke') this.revoke(call, response);
    else if (name === 'GetJwks') this.publishKeys(response);
    else this.send(response, 404, null);
  }

  private async login({ body }: Call, response: ServerResponse): Promise<void> {
    const { usuario, contrasenia, idSistema } = fieldsOf(body);
    if (usuario !== 'maria' || contrasenia !== rightPassword || idSistema !== 7) {
      return this.send(response, 401, null);
    }
    return this.give(response, await this.newTokens(this.makeRefreshToken()));
  }

  private async refresh(call: Call, response: ServerResponse): Promise<void> {
    const presented = presentedBy(call);
    if (!this.live.has(presented)) return this.send(response, 401, null);
    if (this.rotates) this.live.delete(presented);
    return this.give(response, await this.newTokens(this.rotates ? this.makeRefreshToken() : undefined));
  }

  private revoke(call: Call, response: ServerResponse): void {
    this.send(response, this.live.delete(presentedBy(call)) ? 200 : 401, null);
  }

  private publishKeys(response: ServerResponse): void {
    const jwk = {
      ...this.keys.publicKey.export({ format: 'jwk' }),
      kid: 'judicial-1',
      alg: 'RS256',
      use: 'sig',
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  }

  private async newTokens(refreshToken: string | undefined): Promise<Tokens> {
    const accessToken = await this.sign({ jti: randomBytes(8).toString('hex') });
    this.issued.push(accessToken);
    if (refreshToken === undefined) return { accessToken };
    this.live.add(refreshToken);
    this.issued.push(refreshToken);
    return { accessToken, refreshToken };
  }

  private give(response: ServerResponse, { accessToken, refreshToken }: Tokens): void {
    const asJson = refreshToken !== undefined && this.givesRefreshTokenAs === 'json';
    if (refreshToken !== undefined && !asJson) {
      response.setHeader('set-cookie', `refreshToken=${refreshToken}; Path=/; HttpOnly; Secure`);
    }
    this.send(response, 200, { access_token: accessToken, ...(asJson && { refresh_token: refreshToken }) });
  }

  private send(response: ServerResponse, status: number, data: object | null): void {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ success: status === 200, status, message: '', errors: [], data }));
  }
}

/** The refresh token of a call, from its cookie or from its body, exactly as it came. */
function presentedBy({ cookie = '', body }: Call): string {
  const inBody = fieldsOf(body)['refresh_token'];
  return typeof inBody === 'string' ? inBody : cookie.replace(/^refreshToken=/, '');
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(body === '' ? '{}' : body);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}
