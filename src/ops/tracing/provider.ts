import type { TextMapPropagator } from '@opentelemetry/api';
import {
  CompositePropagator,
  parseKeyPairsIntoRecord,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Settings } from '../../config/settings';
import { propagatorsOf } from '../../config/telemetry-settings';

/** Spans that wait for the collector; further ones are dropped. */
const mostWaitingSpans = 2048;
const mostSpansAtOnce = 512;
const exportEveryMs = 5000;
/** A little more than the exporter itself takes. */
const longestExportMs = 6000;
const mostAttributes = 16;
const longestAttribute = 256;

/** Makes spans as the settings want them, and hands those that have ended to the exporter, some at a time. */
export function openProvider(settings: Settings, exporter: SpanExporter): TracerProvider {
  return new TracerProvider({
    resource: resourceFromAttributes({
      ...parseKeyPairsIntoRecord(settings.OTEL_RESOURCE_ATTRIBUTES ?? ''),
      'service.name': settings.OTEL_SERVICE_NAME,
    }),
    sampler: samplerFor(settings),
    spanLimits: { attributeCountLimit: mostAttributes, attributeValueLengthLimit: longestAttribute },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: mostWaitingSpans,
        maxExportBatchSize: mostSpansAtOnce,
        scheduledDelayMillis: exportEveryMs,
        exportTimeoutMillis: longestExportMs,
      }),
    ],
  });
}

function samplerFor({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: part }: Settings): Sampler {
  const ratio = () => new TraceIdRatioBasedSampler(Number(part ?? 1));
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return ratio();
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: ratio() });
  }
}

/** Reads and writes the headers by which a trace goes from one service to the next. */
export function propagatorFor(settings: Settings): TextMapPropagator {
  const names = propagatorsOf(settings);
  return new CompositePropagator({
    propagators: [
      ...(names.includes('tracecontext') ? [new W3CTraceContextPropagator()] : []),
      ...(names.includes('baggage') ? [new W3CBaggagePropagator()] : []),
    ],
  });
}
