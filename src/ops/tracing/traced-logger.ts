import { Logger } from '../../common/logger';

/** Who knows the span that is being recorded. */
export interface PresentSpan {
  logFields(): Readonly<Record<string, string>>;
}

/** A logger whose lines carry `trace_id` and `span_id` while a span is recorded, as OpenTelemetry writes them in logs that are no OTLP. */
export class TracedLogger extends Logger {
  constructor(
    private readonly inner: Logger,
    private readonly present: PresentSpan,
  ) {
    super();
  }

  override debug(fields: object, message: string): void {
    this.inner.debug({ ...fields, ...this.present.logFields() }, message);
  }

  override info(fields: object, message: string): void {
    this.inner.info({ ...fields, ...this.present.logFields() }, message);
  }

  override warn(fields: object, message: string): void {
    this.inner.warn({ ...fields, ...this.present.logFields() }, message);
  }

  override error(fields: object, message: string): void {
    this.inner.error({ ...fields, ...this.present.logFields() }, message);
  }
}
