import { errors } from 'undici';
import { systemErrorCode } from '../../../common/system-error';
import type { Health } from './circuit-breaker';
import { tlsAlertFault } from './tls-failure';
import { UpstreamFailure } from './upstream-call';

/** Why something failed, in words for an operator, and the setting that mends it, where there is one. */
export interface Fault {
  readonly words: string;
  readonly setting?: string | undefined;
}

/** Nothing was sent: the connection did not come about, so that another address may be asked. */
export class NotReached extends UpstreamFailure {}

/** The request may have arrived, and no whole answer came back. */
export class Unanswered extends UpstreamFailure {
  /** What it says about the service. */
  readonly health: Health;

  constructor(message: string, { health, setting }: { health: Health; setting?: string | undefined }) {
    super(message, setting === undefined ? {} : { setting });
    this.health = health;
  }
}

const brokeOff = 'the connection broke before the whole answer came';

const plainWords: Readonly<Record<string, string>> = {
  ECONNRESET: brokeOff,
  EPIPE: brokeOff,
  UND_ERR_SOCKET: brokeOff,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: brokeOff,
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too long',
  UND_ERR_INVALID_ARG: 'the request holds what no HTTP request can hold',
};

/** One person’s odd input can cause these, which must not take the service from everybody. */
const healthOf: Readonly<Record<string, Health>> = {
  UND_ERR_HEADERS_OVERFLOW: 'alive',
  UND_ERR_INVALID_ARG: 'unknown',
};

/**
 * The failure of a call on an open connection, in words of our own. The error itself goes nowhere: undici's parser errors carry
 * the bytes of the answer, which may hold a token.
 */
export function callFailure(error: unknown, origin: string): Unanswered {
  if (error instanceof errors.HTTPParserError) {
    return new Unanswered(`${origin}: the answer is not HTTP`, {
      health: 'outage',
      setting: 'EXTERNAL_AUTH_URL',
    });
  }
  const code = systemErrorCode(error) ?? 'no code';
  const plain: Fault = { words: `${plainWords[code] ?? 'the call failed'} (${code})` };
  const { words, setting } = tlsAlertFault(code) ?? plain;
  return new Unanswered(`${origin}: ${words}`, { health: healthOf[code] ?? 'outage', setting });
}
