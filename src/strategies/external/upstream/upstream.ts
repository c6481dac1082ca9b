import { errors, Pool } from 'undici';
import { Limiter, LimiterFull } from '../../../common/limiter';
import { systemErrorCode } from '../../../common/system-error';
import type { ExternalSettings } from '../../../config/external-settings';
import { readTlsFiles } from '../../outbound/tls-files';
import {
  type Caller,
  isSuccess,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
} from './upstream-call';

type PoolResponse = Awaited<ReturnType<Pool['request']>>;

const longestBodyBytes = 64 * 1024;

/**
 * The connections to the service. A call is sent once: no retry, no redirect followed, one request at a time on a connection,
 * because a login that arrived twice may count as two wrong passwords.
 */
export class Upstream implements Caller {
  private readonly pool: Pool;
  private readonly base: URL;
  private readonly limiter: Limiter;

  /** @throws Error that names the setting which cannot be used. */
  constructor(private readonly settings: ExternalSettings) {
    const [base] = settings.EXTERNAL_AUTH_URL;
    if (!base) throw new Error('EXTERNAL_AUTH_URL is needed by the external strategy');
    this.base = base;
    this.limiter = new Limiter(settings.EXTERNAL_AUTH_MAX_CONNECTIONS, settings.EXTERNAL_AUTH_MAX_QUEUE);
    const files = readTlsFiles({
      ca: { setting: 'EXTERNAL_AUTH_TLS_CA_FILE', path: settings.EXTERNAL_AUTH_TLS_CA_FILE },
      cert: { setting: 'EXTERNAL_AUTH_TLS_CERT_FILE', path: settings.EXTERNAL_AUTH_TLS_CERT_FILE },
      key: { setting: 'EXTERNAL_AUTH_TLS_KEY_FILE', path: settings.EXTERNAL_AUTH_TLS_KEY_FILE },
    });
    this.pool = new Pool(base.origin, {
      connections: settings.EXTERNAL_AUTH_MAX_CONNECTIONS,
      pipelining: 1,
      connect: { timeout: settings.EXTERNAL_AUTH_CONNECT_TIMEOUT_MS, ...files },
      // The caller's signal bounds the whole call; two more timers would say nothing new.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * One deadline from here to the last byte, the wait for a turn included. A waiting call needs no timer of its own: those
   * before it have earlier deadlines, so its turn comes in time to be told that it is too late.
   * @throws UpstreamFailure
   */
  async call(call: UpstreamCall): Promise<UpstreamAnswer> {
    const signal = AbortSignal.timeout(this.settings.EXTERNAL_AUTH_TIMEOUT_MS);
    try {
      return await this.limiter.run(() => this.send(call, signal));
    } catch (error) {
      throw new UpstreamFailure(`${this.base.origin}: ${this.faultOf(error, signal)}`);
    }
  }

  /** Lets running calls end, then closes the connections. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private async send(
    { method, path, headers, body }: UpstreamCall,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    const address = new URL(
      `${this.base.origin}${this.base.pathname.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`,
    );
    const target = `${address.pathname}${address.search}`;
    const response = await this.pool.request({
      method,
      path: target,
      headers: headers(target),
      body,
      signal,
      idempotent: false,
    });
    return {
      status: response.statusCode,
      contentType: firstOf(response.headers['content-type']),
      retryAfter: firstOf(response.headers['retry-after']),
      setCookies: [response.headers['set-cookie'] ?? []].flat(),
      body: isSuccess(response.statusCode) ? await bodyOf(response) : await discardedBody(response, signal),
    };
  }

  private faultOf(error: unknown, signal: AbortSignal): string {
    if (error instanceof LimiterFull) return 'too many logins wait for the service';
    return signal.aborted ? 'no whole answer within EXTERNAL_AUTH_TIMEOUT_MS' : callFault(error);
  }
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
