import type { GatehouseError } from './gatehouse-error';
import type { Logger } from './logger';

const periodMs = 1000;
/** Refusals of a period that have lines of their own. */
const mostOwnLines = 10;

/**
 * Keeps a flood out of the log. The first refusals of each second are logged like any other error; of the rest there is one line when
 * the second is over, with their number for each reason.
 */
export class RefusalLog {
  private inPeriod = 0;
  private readonly counts = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** True for a refusal that is to have lines of its own; any other has been counted for the line of its second. */
  takesLine({ code, options: { detail } }: GatehouseError): boolean {
    this.timer ??= setTimeout(() => this.flush(), periodMs).unref();
    if (++this.inPeriod <= mostOwnLines) return true;
    const reason = detail === undefined ? code : `${code}: ${detail}`;
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    return false;
  }

  /** Logs what has been counted; to be called once more at the end. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.inPeriod = 0;
    if (this.counts.size === 0) return;
    const refused = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    this.logger.warn({ refused, reasons: Object.fromEntries(this.counts) }, 'further requests refused');
    this.counts.clear();
  }
}
