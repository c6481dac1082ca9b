import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LocalCallers } from '../../common/local-caller';
import type { Settings } from '../../config/settings';

type AccessSettings = Pick<Settings, 'METRICS_PORT' | 'METRICS_TOKEN' | 'TRUSTED_PROXIES'>;

/** Who may read the metrics. */
export class MetricsAccess {
  private readonly locals: LocalCallers;
  private readonly tokenHash: Buffer | undefined;

  constructor(private readonly settings: AccessSettings) {
    this.locals = new LocalCallers(settings.TRUSTED_PROXIES);
    this.tokenHash = settings.METRICS_TOKEN === undefined ? undefined : hashOf(settings.METRICS_TOKEN);
  }

  /** On the port of the gateway, to which everybody may come. */
  onMainPort(request: IncomingMessage): boolean {
    if (this.settings.METRICS_PORT !== undefined) return false;
    return this.hasToken(request) || this.locals.include(request);
  }

  /** On the port of the metrics alone, which whoever opened it has judged; a token is asked for where there is one. */
  onOwnPort(request: IncomingMessage): boolean {
    return this.tokenHash === undefined || this.hasToken(request) || this.locals.include(request);
  }

  /** Takes equally long for every token: hashes have one length, and are compared to their end. */
  private hasToken({ headers: { authorization = '' } }: IncomingMessage): boolean {
    const presented = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(authorization)?.[1];
    if (this.tokenHash === undefined || presented === undefined) return false;
    return timingSafeEqual(hashOf(presented), this.tokenHash);
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
