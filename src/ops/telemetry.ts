import type { Logger } from '../common/logger';
import type { Settings } from '../config/settings';
import { tracesEndpoint } from '../config/telemetry-settings';
import { GatewayInstruments } from './metrics/gateway-instruments';
import { MetricsServer } from './metrics/metrics-server';
import { OwnScrapes, type Scrapes } from './metrics/scrapes';
import { type Channel, WorkerScrapes } from './metrics/worker-scrapes';
import { TracedLogger } from './tracing/traced-logger';
import type { Tracing } from './tracing/tracing';

export interface TelemetryOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  /** In a worker of WORKERS: who gathers the metrics of all. */
  readonly primary?: Channel | undefined;
}

/** What is measured of one gateway, who may look at it, and its traces where they are on. */
export class Telemetry {
  readonly instruments: GatewayInstruments;
  readonly scrapes: Scrapes;
  /** The one given, with the span of each line where traces are on. */
  readonly logger: Logger;
  private readonly server: MetricsServer | undefined;
  private readonly onMessage: ((message: unknown) => void) | undefined;

  private constructor(
    { settings, logger, primary }: TelemetryOptions,
    readonly tracing: Tracing | undefined,
  ) {
    this.instruments = new GatewayInstruments(tracing);
    this.logger = tracing ? new TracedLogger(logger, tracing) : logger;
    if (primary) {
      const scrapes = new WorkerScrapes(this.instruments, primary);
      this.onMessage = (message) => scrapes.take(message);
      process.on('message', this.onMessage);
      this.scrapes = scrapes;
      // The primary process has the port.
      return;
    }
    this.scrapes = new OwnScrapes(this.instruments);
    if (settings.METRICS_PORT !== undefined) {
      this.server = new MetricsServer({ settings, scrapes: this.scrapes, logger });
    }
  }

  /** The libraries of traces are loaded only where traces are on. */
  static async open(options: TelemetryOptions): Promise<Telemetry> {
    const { settings, logger } = options;
    const endpoint = tracesEndpoint(settings);
    if (endpoint === undefined) return new Telemetry(options, undefined);
    const { Tracing: Opened } = await import('./tracing/tracing.js');
    const tracing = new Opened(settings, endpoint, logger);
    const telemetry = new Telemetry(options, tracing);
    telemetry.instruments.watch(() => [{ name: 'spans_lost', labels: {}, value: tracing.lost }]);
    return telemetry;
  }

  /** The port for metrics alone, if this process has it. */
  get metricsUrl(): string | undefined {
    return this.server?.url;
  }

  /** @throws Error when METRICS_PORT cannot be listened on */
  async start(): Promise<void> {
    await this.server?.listen();
  }

  /** Requests have been answered by then. */
  async close(): Promise<void> {
    if (this.onMessage) process.off('message', this.onMessage);
    await Promise.all([this.server?.close(), this.tracing?.close()]);
  }
}
