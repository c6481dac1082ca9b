import type { IncomingMessage } from 'node:http';
import {
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import type { TimedOutcome } from '../../common/instruments';
import { LocalCallers } from '../../common/local-caller';
import type { Logger } from '../../common/logger';
import { TrustedProxies } from '../../common/trusted-proxies';
import type { Settings } from '../../config/settings';
import type { Spans, SpanTerms } from '../metrics/timers';
import { openProvider, propagatorFor } from './provider';
import { ReportingExporter } from './reporting-exporter';

/** One request as a trace sees it. */
export interface RequestTrace {
  readonly span: Span;
  readonly context: Context;
}

/** What is known of a request before anything is done for it. Nothing that a person typed, and no part of the URL but its pattern. */
export interface BegunRequest {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly route: string;
  readonly requestId: string;
}

/** A process that ends waits so long for the collector at most. */
const longestFlushMs = 2000;

/**
 * Makes spans and sends them to a collector (OpenTelemetry). It stands alone: nothing is registered for the whole process, so an
 * application that embeds the gateway keeps its own set-up. Only required where traces are on.
 */
export class Tracing implements Spans {
  private readonly contexts = new AsyncLocalStorageContextManager().enable();
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly propagator: TextMapPropagator;
  private readonly exporter: ReportingExporter;
  private readonly proxies: TrustedProxies;
  private readonly locals: LocalCallers;

  /** @param endpoint the whole address of the collector for traces */
  constructor(settings: Settings, endpoint: string, logger: Logger) {
    this.exporter = ReportingExporter.to(endpoint, settings, logger);
    this.provider = openProvider(settings, this.exporter);
    this.tracer = this.provider.getTracer('gatehouse');
    this.propagator = propagatorFor(settings);
    this.proxies = new TrustedProxies(settings.TRUSTED_PROXIES);
    this.locals = new LocalCallers(settings.TRUSTED_PROXIES);
  }

  /** Spans that the collector did not take. */
  get lost(): number {
    return this.exporter.lost;
  }

  /**
   * Begins the span of a request. The trace of a caller is continued only where a trusted proxy or this machine speaks: anybody else
   * could have each of his requests recorded, and mix himself into the traces of others (W3C Trace Context, section 6).
   */
  begin({ raw, method, route, requestId }: BegunRequest): RequestTrace {
    const parent = this.trusts(raw)
      ? this.propagator.extract(ROOT_CONTEXT, raw.headers, defaultTextMapGetter)
      : ROOT_CONTEXT;
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'gatehouse.request_id': requestId,
    };
    const options = { kind: SpanKind.SERVER, attributes };
    const span = this.tracer.startSpan(`${method} ${route}`, options, parent);
    return { span, context: trace.setSpan(parent, span) };
  }

  /** Runs what belongs to a request. */
  within<T>({ context }: RequestTrace, task: () => T): T {
    return this.contexts.with(context, task);
  }

  end({ span }: RequestTrace, status: number): void {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) {
      span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  run<T>(terms: SpanTerms, task: () => Promise<T>, outcomeOf: (value: T) => TimedOutcome): Promise<T> {
    const parent = this.contexts.active();
    // A span that has ended is no parent: its connection, or a timer that it set, may live on for hours.
    if (!trace.getSpan(parent)?.isRecording()) return task();
    const { name, attributes } = terms;
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
    return this.contexts.with(trace.setSpan(parent, span), () => finished(span, task, outcomeOf));
  }

  outgoingHeaders(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    this.propagator.inject(this.contexts.active(), headers, defaultTextMapSetter);
    return headers;
  }

  /** What ties a log line to the span that is being recorded; empty where there is none. */
  logFields(): Readonly<Record<string, string>> {
    const span = trace.getSpan(this.contexts.active());
    if (!span?.isRecording()) return {};
    const { traceId, spanId } = span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  /** Sends what is left, as far as the collector takes it in time. Never rejects. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, longestFlushMs)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
    this.contexts.disable();
  }

  private trusts(request: IncomingMessage): boolean {
    return this.locals.include(request) || this.proxies.include(request.socket.remoteAddress ?? '');
  }
}

/** Messages of errors stay in the log: they may hold anything. */
async function finished<T>(
  span: Span,
  task: () => Promise<T>,
  outcomeOf: (value: T) => TimedOutcome,
): Promise<T> {
  try {
    const value = await task();
    span.setAttribute('gatehouse.outcome', outcomeOf(value));
    return value;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
