import { type ExportResult, ExportResultCode, parseKeyPairsIntoRecord } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import type { Settings } from '../../config/settings';

const longestExportMs = 5000;
const mostExportsAtOnce = 2;

/** Sends spans by OTLP over HTTP, counts those that were not taken, and says once in the log that it cannot, and once that it can again. */
export class ReportingExporter implements SpanExporter {
  private isFailing = false;
  private lostSpans = 0;

  constructor(
    private readonly inner: SpanExporter,
    private readonly logger: Logger,
  ) {}

  /** @param endpoint the whole address; it goes to the log without user, password and query */
  static to(
    endpoint: string,
    { OTEL_EXPORTER_OTLP_HEADERS: headers = '' }: Pick<Settings, 'OTEL_EXPORTER_OTLP_HEADERS'>,
    logger: Logger,
  ): ReportingExporter {
    const { origin, pathname } = new URL(endpoint);
    logger.info({ endpoint: `${origin}${pathname}` }, 'Traces are sent');
    const inner = new OTLPTraceExporter({
      url: endpoint,
      headers: parseKeyPairsIntoRecord(headers),
      timeoutMillis: longestExportMs,
      concurrencyLimit: mostExportsAtOnce,
    });
    return new ReportingExporter(inner, logger);
  }

  get lost(): number {
    return this.lostSpans;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.inner.export(spans, (result) => {
      this.note(result, spans.length);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  private note({ code, error }: ExportResult, count: number): void {
    const hasFailed = code !== ExportResultCode.SUCCESS;
    if (hasFailed) this.lostSpans += count;
    if (hasFailed && !this.isFailing) {
      const reason = error ? describeError(error).slice(0, 200) : 'no reason was given';
      this.logger.warn({ reason }, 'The collector takes no traces; requests are answered all the same');
    }
    if (!hasFailed && this.isFailing)
      this.logger.info({ lost: this.lostSpans }, 'The collector takes traces again');
    this.isFailing = hasFailed;
  }
}
