import { type ErrorCode, errorDefinitions } from './error-codes';
import type { ThrottleLimit } from './instruments';
import type { LocalizedText } from './locale';

/** One fault in one field of a request. `campo` is its name as the client sent it. */
export interface FieldFault {
  readonly campo: string;
  readonly text: LocalizedText;
}

export interface GatehouseErrorOptions {
  /** Replaces the code's standard public text. Holds no secret: it goes to the client. */
  readonly text?: LocalizedText;
  /** For the log only. Names the cause; never holds a password, token, cookie or key. */
  readonly detail?: string;
  readonly fields?: readonly FieldFault[];
  readonly retryAfterSeconds?: number;
  /** Further response headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The limit that it is about; the metrics count it by this name. */
  readonly limit?: ThrottleLimit;
  readonly cause?: unknown;
}

/** What the gateway throws on purpose: a stable code, a public text and a private detail. */
export class GatehouseError extends Error {
  override readonly name: string = 'GatehouseError';
  readonly status: number;
  readonly text: LocalizedText;

  constructor(
    readonly code: ErrorCode,
    readonly options: GatehouseErrorOptions = {},
  ) {
    super(options.detail ?? code, { cause: options.cause });
    this.status = errorDefinitions[code].status;
    this.text = options.text ?? errorDefinitions[code].text;
  }
}
