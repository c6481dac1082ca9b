import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errors, Pool } from 'undici';
import { systemErrorCode } from '../../common/system-error';
import type { ExternalSettings } from '../../config/strategy-settings';

/** What came back, as far as it matters. */
export interface Answer {
  readonly status: number;
  readonly retryAfter?: string;
  /** Undefined when it was longer than we read, or when the status needs no body. */
  readonly body?: Buffer;
}

export interface LoginRequest {
  readonly body: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

type PoolResponse = Awaited<ReturnType<Pool['request']>>;

const longestBodyBytes = 64 * 1024;

/**
 * The connections to the service. A call is sent once: no retry, no redirect followed, one request at a time on a connection,
 * because a login that arrived twice may count as two wrong passwords.
 */
export class LoginCall {
  private readonly pool: Pool;
  private readonly path: string;

  constructor(settings: ExternalSettings) {
    const address = loginAddress(settings);
    this.path = `${address.pathname}${address.search}`;
    this.pool = new Pool(address.origin, {
      connections: settings.EXTERNAL_AUTH_MAX_CONNECTIONS,
      pipelining: 1,
      connect: {
        timeout: settings.EXTERNAL_AUTH_CONNECT_TIMEOUT_MS,
        ca: authoritiesOf(settings.EXTERNAL_AUTH_TLS_CA_FILE),
      },
      // The caller's signal bounds the whole call; two more timers would say nothing new.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Sends the login and reads the answer. Rejects when there is none; see `callFault`. */
  async post({ body, requestId, signal }: LoginRequest): Promise<Answer> {
    const response = await this.pool.request({
      method: 'POST',
      path: this.path,
      headers: headersFor(requestId),
      body,
      signal,
      idempotent: false,
    });
    return {
      status: response.statusCode,
      retryAfter: firstOf(response.headers['retry-after']),
      body: isSuccess(response.statusCode) ? await bodyOf(response) : await discardedBody(response, signal),
    };
  }

  /** Lets running calls end, then closes the connections. */
  close(): Promise<void> {
    return this.pool.close();
  }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Base address and path joined, whichever of them has the slash. */
function loginAddress(settings: ExternalSettings): URL {
  const base = settings.EXTERNAL_AUTH_URL;
  if (!base) throw new Error('EXTERNAL_AUTH_URL is needed by the external strategy');
  const path = settings.EXTERNAL_AUTH_LOGIN_PATH.replace(/^\/+/, '');
  return new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}/${path}`);
}

function authoritiesOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error) ?? 'unreadable';
    throw new Error(`EXTERNAL_AUTH_TLS_CA_FILE names a file that cannot be read (${code}): ${path}`, {
      cause: error,
    });
  }
  if (!holdsCertificate(pem)) {
    throw new Error(`EXTERNAL_AUTH_TLS_CA_FILE names a file that holds no PEM certificate: ${path}`);
  }
  return pem;
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

function headersFor(requestId: string): Record<string, string> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  // A client may have chosen the id; one that is no header value is left out rather than failing the login.
  return /^[\x21-\x7e]{1,200}$/.test(requestId) ? { ...headers, 'x-request-id': requestId } : headers;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

async function bodyOf({ body }: PoolResponse): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    // Leaving the loop ends the stream and its connection, so that no more than this is ever held.
    if (bytes > longestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** The status has said all; the body is read away only to keep the connection, and may fail. */
async function discardedBody({ body }: PoolResponse, signal: AbortSignal): Promise<undefined> {
  await body.dump({ limit: longestBodyBytes, signal }).catch(() => undefined);
}

const plainWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke before the whole answer came',
  EPIPE: 'the connection broke before the whole answer came',
  UND_ERR_SOCKET: 'the connection broke before the whole answer came',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection broke before the whole answer came',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took longer than EXTERNAL_AUTH_CONNECT_TIMEOUT_MS',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too long',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
};

/**
 * Why there was no answer, in words of our own. The error itself goes nowhere: undici's parser errors carry the bytes of the
 * answer, which may hold a token.
 */
export function callFault(error: unknown): string {
  if (error instanceof errors.HTTPParserError) return 'the answer is not HTTP';
  const code = systemErrorCode(error);
  if (code === undefined) return 'the call failed';
  return `${plainWords[code] ?? 'the call failed'} (${code})`;
}
