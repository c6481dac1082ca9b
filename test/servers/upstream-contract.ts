import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A person whom the service knows. The name is compared without regard to case. */
export interface UpstreamUser {
  readonly usuario: string;
  readonly contrasenia: string;
  /** Claims of the access token beside the standard ones. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Further fields of `data` beside the tokens. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface ContractOptions {
  readonly users?: readonly UpstreamUser[];
  readonly loginPath?: string;
  /** A person is read at this path and their `sub` or name. `/api/users/` if absent. */
  readonly profilePath?: string;
  /** When set, a login without it is a bad request. */
  readonly idSistema?: number;
  readonly algorithm?: 'RS256' | 'HS256';
  /** Where refresh tokens are given: in the JSON if absent. They are taken from the cookie or from the body. */
  readonly refreshIn?: 'json' | 'cookie';
  /** False keeps a refresh token as it is; else each refresh gives a new one and ends the old one. */
  readonly rotates?: boolean;
  /** The `iss` of access tokens; the service's own address if absent. */
  readonly issuer?: string;
  readonly accessLifeSeconds?: number;
}

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface ContractAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;

export const upstreamPaths = {
  login: '/api/AuthJWT/Login',
  refresh: '/api/AuthJWT/RefreshToken',
  revoke: '/api/AuthJWT/Revoke',
  jwks: '/api/AuthJWT/GetJwks',
  profile: '/api/users/',
};

const defaultUser: UpstreamUser = {
  usuario: 'maria',
  contrasenia: 'contraseña de maría',
  claims: { sub: '1042', name: 'María López', email: 'maria@example.org', roles: ['juez'] },
};

/** What the service answers by itself: the AuthJWT contract, with sessions and keys. Knows nothing of sockets. */
export class UpstreamContract {
  /** Every token that it gave out, each access token before its refresh token. */
  readonly issuedTokens: string[] = [];
  /** The refresh tokens whose sessions were ended. */
  readonly revokedTokens: string[] = [];
  private readonly sessions = new Map<string, UpstreamUser>();
  private readonly keys: SigningKey[];

  constructor(private readonly options: ContractOptions) {
    this.keys = [options.algorithm === 'HS256' ? sharedKey('upstream-1') : rsaKey('upstream-1')];
  }

  get users(): readonly UpstreamUser[] {
    return this.options.users ?? [defaultUser];
  }

  /** Signs with a new RS256 key from now on. The old ones stay published unless `forget` says otherwise. */
  rotateKeys({ forget = false } = {}): void {
    if (forget) this.keys.length = 0;
    this.keys.unshift(rsaKey(`upstream-${randomBytes(4).toString('hex')}`));
  }

  /** An access token of the newest key with these claims, as they are. */
  signToken(claims: object, header: object = {}): string {
    const [key] = this.keys;
    if (!key) throw new Error('The service has no key');
    const input = `${encoded({ alg: key.algorithm, typ: 'JWT', kid: key.id, ...header })}.${encoded(claims)}`;
    return `${input}.${key.sign(input).toString('base64url')}`;
  }

  /** `origin` is the service's own address. */
  answer(request: RecordedRequest, origin: string): ContractAnswer {
    const { loginPath = upstreamPaths.login, profilePath = upstreamPaths.profile } = this.options;
    const { method, url } = request;
    if (url === upstreamPaths.jwks && method === 'GET') return { status: 200, body: this.jwks() };
    if (url.startsWith(profilePath) && method === 'GET') return this.profile(url.slice(profilePath.length));
    const posts = new Map([
      [loginPath, () => this.login(request, origin)],
      [upstreamPaths.refresh, () => this.refresh(request, origin)],
      [upstreamPaths.revoke, () => this.revoke(request)],
    ]);
    const post = posts.get(url);
    if (!post) return failure(404, 'No encontrado');
    return method === 'POST' ? post() : failure(405, 'Método no permitido');
  }

  private login({ body }: RecordedRequest, origin: string): ContractAnswer {
    const { usuario, contrasenia, idSistema } = fieldsOf(body);
    const { idSistema: wantedSystem } = this.options;
    if (typeof usuario !== 'string' || typeof contrasenia !== 'string' || idSistema !== wantedSystem) {
      return failure(400, 'Datos incompletos');
    }
    const user = this.users.find((known) => known.usuario.toLowerCase() === usuario.toLowerCase());
    if (user?.contrasenia !== contrasenia) return failure(401, 'Usuario o contraseña incorrectos');
    const data = { ...user.data, access_token: this.accessToken(user, origin) };
    return this.withRefreshToken(data, this.open(user), 'Inicio de sesión correcto');
  }

  private refresh(request: RecordedRequest, origin: string): ContractAnswer {
    const presented = refreshTokenIn(request);
    const user = this.sessions.get(presented);
    if (!user) return failure(401, 'Sesión no válida');
    const data = { access_token: this.accessToken(user, origin) };
    if (this.options.rotates === false) return success(data, 'Token renovado');
    this.sessions.delete(presented);
    return this.withRefreshToken(data, this.open(user), 'Token renovado');
  }

  private revoke(request: RecordedRequest): ContractAnswer {
    const presented = refreshTokenIn(request);
    if (!this.sessions.delete(presented)) return failure(401, 'Sesión no válida');
    this.revokedTokens.push(presented);
    return success(null, 'Sesión cerrada');
  }

  private profile(id: string): ContractAnswer {
    const wanted = decodeURIComponent(id).toLowerCase();
    const user = this.users.find(
      ({ usuario, claims }) => claims.sub === wanted || usuario.toLowerCase() === wanted,
    );
    if (!user) return failure(404, 'No encontrado');
    return success({ usuario: user.usuario, ...user.claims, ...user.data }, 'Operación exitosa');
  }

  private jwks(): object {
    return { keys: this.keys.flatMap(({ publicJwk }) => publicJwk ?? []) };
  }

  private open(user: UpstreamUser): string {
    const refreshToken = randomBytes(32).toString('base64url');
    this.sessions.set(refreshToken, user);
    this.issuedTokens.push(refreshToken);
    return refreshToken;
  }

  private accessToken(user: UpstreamUser, origin: string): string {
    const { issuer = origin, accessLifeSeconds = 900 } = this.options;
    const nowSeconds = Math.floor(Date.now() / 1000);
    const times = { iat: nowSeconds, exp: nowSeconds + accessLifeSeconds };
    const jti = randomBytes(8).toString('hex');
    const token = this.signToken({ iss: issuer, aud: 'app', ...times, jti, ...user.claims });
    this.issuedTokens.push(token);
    return token;
  }

  private withRefreshToken(data: Fields, refreshToken: string, message: string): ContractAnswer {
    if (this.options.refreshIn !== 'cookie')
      return success({ ...data, refresh_token: refreshToken }, message);
    const cookie = `refreshToken=${refreshToken}; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=86400`;
    return { ...success(data, message), headers: { 'set-cookie': cookie } };
  }
}

interface SigningKey {
  readonly id: string;
  readonly algorithm: 'RS256' | 'HS256';
  readonly sign: (input: string) => Buffer;
  readonly publicJwk?: object;
}

function rsaKey(id: string): SigningKey {
  const pair: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
  });
  return {
    id,
    algorithm: 'RS256',
    sign: (input) => sign('sha256', Buffer.from(input), pair.privateKey),
    publicJwk: { ...pair.publicKey.export({ format: 'jwk' }), kid: id, alg: 'RS256', use: 'sig' },
  };
}

function sharedKey(id: string): SigningKey {
  const key = randomBytes(32);
  return { id, algorithm: 'HS256', sign: (input) => createHmac('sha256', key).update(input).digest() };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** From the cookie `refreshToken`, else from the body's `refresh_token`. */
function refreshTokenIn({ headers, body }: RecordedRequest): string {
  const cookie = /(?:^|;\s*)refreshToken=([^;]*)/.exec(headers.cookie ?? '')?.[1];
  const { refresh_token: field } = fieldsOf(body);
  return cookie ?? (typeof field === 'string' ? field : '');
}

/** The fields of a JSON body, or of a form (then all are texts). */
function fieldsOf(body: string): Fields {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
}

function success(data: object | null, message: string): ContractAnswer {
  return { status: 200, body: { status: 200, success: true, message, errors: [], data } };
}

function failure(status: number, message: string): ContractAnswer {
  return { status, body: { status, success: false, message, errors: [message], data: null } };
}
