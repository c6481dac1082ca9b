import type { Counted, Read, Timed } from '../../common/instruments';

/** One metric of our own, as docs/metrics.md lists it. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** How the values of several workers become one. */
  readonly aggregator: Aggregator;
}

type Aggregator = 'sum' | 'min' | 'first';

function counter(name: string, help: string, ...labels: string[]): MetricDefinition {
  return { type: 'counter', name: `gatehouse_${name}_total`, help, labels, aggregator: 'sum' };
}

function histogram(name: string, help: string, ...labels: string[]): MetricDefinition {
  return { type: 'histogram', name: `gatehouse_${name}_duration_seconds`, help, labels, aggregator: 'sum' };
}

function gauge(aggregator: Aggregator, name: string, help: string, ...labels: string[]): MetricDefinition {
  return { type: 'gauge', name: `gatehouse_${name}`, help, labels, aggregator };
}

export const counters: Readonly<Record<keyof Counted, MetricDefinition>> = {
  logins: counter('logins', 'Logins that were tried.', 'door', 'strategy', 'outcome'),
  refreshes: counter('refreshes', 'Refreshes that were asked for.', 'outcome'),
  sessions_opened: counter('sessions_opened', 'Sessions that were opened.'),
  sessions_ended: counter(
    'sessions_ended',
    'Sessions that were ended; those that expire are not counted.',
    'reason',
  ),
  throttled: counter('throttled', 'Requests that a limit turned away.', 'limit'),
};

const timedLabels = ['source', 'operation', 'outcome'];

export const timers: Readonly<Record<keyof Timed, MetricDefinition>> = {
  ldap_operation: histogram('ldap_operation', 'How long operations at a directory took.', ...timedLabels),
  upstream_request: histogram(
    'upstream_request',
    'How long requests to the external authentication service took.',
    ...timedLabels,
  ),
  store_operation: histogram(
    'store_operation',
    'How long operations of the store took.',
    'operation',
    'outcome',
  ),
};

export const httpRequests = histogram(
  'http_request',
  'How long HTTP requests took, from their head to the end of the answer.',
  'method',
  'route',
  'status',
);

export const readings: Readonly<Record<keyof Read, MetricDefinition>> = {
  source_up: gauge('min', 'source_up', 'Whether a credential source can be asked.', 'source'),
  peer_up: gauge(
    'min',
    'peer_up',
    'Whether a server of a source is asked; 0 while its circuit breaker keeps logins away.',
    'source',
    'peer',
  ),
  pool_connections: gauge(
    'sum',
    'pool_connections',
    'Open connections to a server of a source.',
    'source',
    'peer',
  ),
  pool_waiting: gauge(
    'sum',
    'pool_waiting',
    'What waits for a connection to a server of a source.',
    'source',
    'peer',
  ),
  login_places_in_use: gauge('sum', 'login_places_in_use', 'Logins that have a place.'),
  login_places_waiting: gauge('sum', 'login_places_waiting', 'Logins that wait for a place.'),
  login_places: gauge('sum', 'login_places', 'Logins that may run at once (LOGIN_MAX_RUNNING).'),
  audit_lines_lost: counter('audit_lines_lost', 'Lines of the audit trail that could not be written.'),
  keys_signing_expires_at_seconds: gauge(
    'min',
    'keys_signing_expires_at_seconds',
    'When the signing key is due to be replaced, in seconds since the Unix epoch; absent where it never is.',
  ),
  spans_lost: counter('spans_lost', 'Spans that the collector of traces did not take.'),
};

export const buildInfo = gauge(
  'first',
  'build_info',
  'Always 1; the version of Gatehouse and of Node.js.',
  'version',
  'node',
);

export const workers = gauge('sum', 'workers', 'Worker processes that this scrape asked (WORKERS).');
export const workersSilent = gauge(
  'sum',
  'workers_silent',
  'Worker processes that did not answer this scrape in time: of them it has only what they counted before.',
);

/** Every metric of ours. prom-client adds those of the process and of Node.js. */
export const allDefinitions: readonly MetricDefinition[] = [
  ...Object.values(counters),
  ...Object.values(timers),
  httpRequests,
  ...Object.values(readings),
  buildInfo,
  workers,
  workersSilent,
];
