import { choice, flag, optionalInteger, secret, text, type ValuesOf } from './setting';

const shortestTokenBytes = 16;
export const traceSamplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const propagators: readonly string[] = ['tracecontext', 'baggage', 'none'];

/** Who may read the metrics, and where traces go. The names that begin with OTEL are those of OpenTelemetry. */
export const telemetrySettings = {
  METRICS_PORT: optionalInteger({
    min: 0,
    max: 65535,
    meaning:
      'Own port for `/metrics`, which is then not on PORT; 0 takes a free one. If absent, `/metrics` is on PORT for callers of this ' +
      'machine that no proxy speaks for, and for bearers of METRICS_TOKEN; everybody else gets 404.',
  }),
  METRICS_HOST: text({ default: '127.0.0.1', meaning: 'Address of METRICS_PORT.' }),
  METRICS_TOKEN: secret({
    meaning: `Bearer token that opens \`/metrics\` to callers from elsewhere, at least ${shortestTokenBytes} bytes; with METRICS_PORT it is demanded of them.`,
  }),
  OTEL_SDK_DISABLED: flag({ default: false, meaning: '`true` turns traces off, whatever else is set.' }),
  OTEL_TRACES_EXPORTER: choice({
    of: ['otlp', 'none'],
    meaning: 'Where traces go; if absent, `otlp` where an endpoint is set, else `none`.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: text({
    type: 'URL',
    meaning:
      'Base address of the collector of traces, to which `/v1/traces` is appended; if absent, `http://localhost:4318`.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text({
    type: 'URL',
    meaning: 'Whole address for traces, instead of OTEL_EXPORTER_OTLP_ENDPOINT.',
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: choice({
    of: ['http/protobuf'],
    default: 'http/protobuf',
    meaning: 'How traces are sent.',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: secret({
    meaning:
      'Headers for the collector, such as `authorization=Bearer%20abc`, percent-encoded and separated by commas.',
  }),
  OTEL_SERVICE_NAME: text({ default: 'gatehouse', meaning: 'The `service.name` of traces.' }),
  OTEL_RESOURCE_ATTRIBUTES: text({
    meaning:
      'Further attributes of the resource, such as `deployment.environment.name=test`, separated by commas.',
  }),
  OTEL_TRACES_SAMPLER: choice({
    of: traceSamplers,
    default: 'parentbased_always_on',
    meaning: 'Which requests are recorded.',
  }),
  OTEL_TRACES_SAMPLER_ARG: text({
    type: 'number from 0 to 1',
    meaning: 'The part of them that `traceidratio` records; if absent, 1.',
  }),
  OTEL_PROPAGATORS: text({
    type: 'list of `tracecontext`, `baggage`, `none`',
    default: 'tracecontext',
    meaning:
      'What is read of requests of TRUSTED_PROXIES and of this machine, and sent on to the external service.',
  }),
};

type TelemetrySettings = ValuesOf<typeof telemetrySettings>;

/** The propagators that are asked for, in small letters. */
export function propagatorsOf({
  OTEL_PROPAGATORS: names,
}: Pick<TelemetrySettings, 'OTEL_PROPAGATORS'>): readonly string[] {
  return names.split(',').map((name) => name.trim().toLowerCase());
}

/** Where spans are sent; undefined where traces are off. */
export function tracesEndpoint(settings: TelemetrySettings): string | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole, OTEL_EXPORTER_OTLP_ENDPOINT: base } = settings;
  const chosen = settings.OTEL_TRACES_EXPORTER ?? ((whole ?? base) === undefined ? 'none' : 'otlp');
  if (settings.OTEL_SDK_DISABLED || chosen === 'none') return undefined;
  return whole ?? `${(base ?? 'http://localhost:4318').replace(/\/+$/, '')}/v1/traces`;
}

/** What is wrong with them, one demand that is not met for each. */
export function telemetryFaults(settings: TelemetrySettings & { readonly PORT: number }): string[] {
  const { METRICS_TOKEN: token, METRICS_PORT: port, OTEL_TRACES_SAMPLER_ARG: part } = settings;
  const ratio = Number(part ?? 1);
  const demands: [boolean, string][] = [
    [
      token === undefined || Buffer.byteLength(token) >= shortestTokenBytes,
      `METRICS_TOKEN is shorter than ${shortestTokenBytes} bytes`,
    ],
    [!port || port !== settings.PORT, 'METRICS_PORT must be another one than PORT'],
    [part?.trim() !== '' && ratio >= 0 && ratio <= 1, 'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1'],
    [
      propagatorsOf(settings).every((name) => propagators.includes(name)),
      `OTEL_PROPAGATORS must hold ${propagators.join(', ')}`,
    ],
    ...(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const).map(
      (name): [boolean, string] => [isHttp(settings[name]), `${name} must be an http or https URL`],
    ),
  ];
  return demands.filter(([isMet]) => !isMet).map(([, fault]) => fault);
}

function isHttp(address: string | undefined): boolean {
  return address === undefined || (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol));
}
