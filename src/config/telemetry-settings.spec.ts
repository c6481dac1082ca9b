import { loadSettings } from './load-settings';
import { tracesEndpoint } from './telemetry-settings';

const load = (env: Readonly<Record<string, string>>) => loadSettings(env).settings;

describe('the endpoint of traces', () => {
  it.each([
    [{}, undefined],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/base' }, 'https://c/base/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/own' }, 'https://c/own'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'true' }, undefined],
  ])('with %j is %s', (env: Readonly<Record<string, string>>, endpoint) => {
    expect(tracesEndpoint(load(env))).toBe(endpoint);
  });
});

describe('what cannot be used', () => {
  it.each([
    [{ METRICS_TOKEN: 'short' }, 'METRICS_TOKEN is shorter than 16 bytes'],
    [{ METRICS_PORT: '3000' }, 'METRICS_PORT must be another one than PORT'],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG must be'],
    [{ OTEL_TRACES_SAMPLER_ARG: 'half' }, 'OTEL_TRACES_SAMPLER_ARG must be'],
    [{ OTEL_PROPAGATORS: 'b3' }, 'OTEL_PROPAGATORS must hold'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT must be'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL must be'],
  ])('is said: %j', (env: Readonly<Record<string, string>>, fault) => {
    expect(() => load(env)).toThrow(fault);
  });
});
