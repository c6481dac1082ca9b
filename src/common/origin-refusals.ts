import type { FastifyRequest } from 'fastify';
import type { Clock } from './clock';
import { GatehouseError } from './gatehouse-error';
import type { Logger } from './logger';

const quietMs = 60_000;
const longestOrigin = 200;

/**
 * Refuses requests that a browser sends from pages of other origins. What was refused is in the log at `debug` each time, and as a
 * warning at most once in a minute: anybody can cause it, and an operator who forgot ALLOWED_ORIGINS must see it all the same.
 */
export class OriginRefusals {
  private quietUntilMs = 0;
  private sinceWarning = 0;

  constructor(
    private readonly clock: Pick<Clock, 'nowMs'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** The error that such a request is answered with; its text for the log names the origin. */
  refuse(request: FastifyRequest): GatehouseError {
    const { origin, 'sec-fetch-site': site } = request.headers;
    const from = origin === undefined ? 'a page' : `a page of ${origin.slice(0, longestOrigin)}`;
    const said =
      site === undefined ? `for ${request.host}` : `(Sec-Fetch-Site: ${String(site).slice(0, 20)})`;
    const detail = `${from} ${said}: not the own origin, and not in ALLOWED_ORIGINS`;
    this.warn(request.id, detail);
    return new GatehouseError('ORIGIN_NOT_ALLOWED', { detail });
  }

  private warn(requestId: string, detail: string): void {
    this.sinceWarning++;
    const nowMs = this.clock.nowMs();
    if (nowMs < this.quietUntilMs) return;
    this.logger.warn({ requestId, refused: this.sinceWarning, detail }, 'browser requests refused');
    this.quietUntilMs = nowMs + quietMs;
    this.sinceWarning = 0;
  }
}
