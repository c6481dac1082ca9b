import { GatehouseError } from '../../common/gatehouse-error';
import { buildFigure, exposition, processFigures } from './exposition';
import type { Figure } from './measures';

/** The content type of Prometheus's text format. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** Gives what a scrape gets. */
export abstract class Scrapes {
  private running: Promise<string> | undefined;

  /**
   * One page of metrics. However many ask at once, there is one collection.
   * @throws GatehouseError SERVICE_UNAVAILABLE when it cannot be had in time
   */
  page(): Promise<string> {
    this.running ??= this.collect().finally(() => (this.running = undefined));
    return this.running;
  }

  protected abstract collect(): Promise<string>;
}

/** Reads what this process measures itself. */
export interface Measured {
  figures(): readonly Figure[];
}

/** Everything of this process: ours, and what Node.js tells. */
export async function ownFigures(measured: Measured): Promise<readonly Figure[]> {
  return [buildFigure(), ...measured.figures(), ...(await processFigures())];
}

/** Of the only process that there is. */
export class OwnScrapes extends Scrapes {
  constructor(private readonly measured: Measured) {
    super();
  }

  protected override async collect(): Promise<string> {
    return exposition([await ownFigures(this.measured)]);
  }
}

export function notInTime(): GatehouseError {
  return new GatehouseError('SERVICE_UNAVAILABLE', { detail: 'the metrics were not collected in time' });
}
