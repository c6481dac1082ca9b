import type { PeerHealth } from '../../source-health';

/** What a call is for. Each has its own breaker at each address: a path that fails says nothing about the others. */
export type UpstreamOperation = 'login' | 'refresh' | 'revoke' | 'profile' | 'jwks';

/** One HTTP call to the service, as the rest of this folder speaks of it. */
export interface UpstreamCall {
  readonly operation: UpstreamOperation;
  readonly method: 'GET' | 'POST';
  /** Appended to the base address, with or without a leading slash; may hold a query. */
  readonly path: string;
  /** The headers for a request target, which is the base address's path and this one: a signature covers it. */
  readonly headers: (target: string) => Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * True for a call that changes nothing and tries no password, which may be sent to the next address although it may have
   * arrived at this one. A login that arrived twice may count as two wrong passwords.
   */
  readonly isRepeatable: boolean;
}

/** What came back, as far as it matters. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly retryAfter?: string;
  /** The `Set-Cookie` lines. */
  readonly setCookies: readonly string[];
  /** Undefined when it was longer than 64 KiB, or when the status is no 2xx: then it says all. */
  readonly body?: Buffer;
}

/** The service gave no answer. The message says why in words of our own and holds nothing of what was sent or received. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  /** The setting that mends it, where there is one. */
  readonly setting: string | undefined;
  /** When to come back, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    more: { readonly setting?: string; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.setting = more.setting;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** Sends calls to the service. Tests answer themselves. */
export interface Caller {
  /** @throws UpstreamFailure when there is no answer. Any status and any body is an answer. */
  call(call: UpstreamCall): Promise<UpstreamAnswer>;
  /** How each address is, where that is known. */
  health?(): readonly PeerHealth[];
}

/** What a proxy answers for a service that is gone (RFC 9110 sections 15.6.3 to 15.6.5). */
export function isGatewayFailure(status: number): boolean {
  return status >= 502 && status <= 504;
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
