import {
  type Counted,
  Instruments,
  type Reading,
  refreshOutcomes,
  sessionEnds,
  throttleLimits,
  type Timed,
  type TimedOutcome,
  type Timer,
  type TimerTerms,
} from '../../common/instruments';
import { counters, httpRequests, readings, timers } from './definitions';
import { Count, Durations, Family, type Figure, figureOf } from './measures';
import { boundedPeers } from './bounded-peers';
import { type DurationsByOutcome, PlainTimer, type Spans, TracedTimer } from './timers';

/** An answered request, as it is measured. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of the route, never the path. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

const knownMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
const noHeaders: Readonly<Record<string, string>> = {};

/** Measures this process, and tells it when somebody asks. */
export class GatewayInstruments extends Instruments {
  private readonly counted: Readonly<Record<keyof Counted, Family<Count>>> = {
    logins: counting('logins'),
    refreshes: counting('refreshes'),
    sessions_opened: counting('sessions_opened'),
    sessions_ended: counting('sessions_ended'),
    throttled: counting('throttled'),
  };
  private readonly timed: Readonly<Record<keyof Timed, Family<Durations>>> = {
    ldap_operation: timing('ldap_operation'),
    upstream_request: timing('upstream_request'),
    store_operation: timing('store_operation'),
  };
  private readonly requests = new Family(httpRequests, () => new Durations());
  /** By route, method and status, so that no request makes a text to look itself up by. */
  private readonly ofRequests = new Map<string, Map<string, Map<number, Durations>>>();
  private readonly readers: (() => readonly Reading[])[] = [];

  /** @param spans where traces are on */
  constructor(private readonly spans?: Spans) {
    super();
    this.beginAtZero();
  }

  override count<Name extends keyof Counted>(name: Name, labels: Counted[Name]): void {
    this.counted[name].at(labels).add();
  }

  override timer<Name extends keyof Timed>(name: Name, labels: Timed[Name], terms: TimerTerms): Timer {
    const family = this.timed[name];
    const timer = new PlainTimer(
      new DurationsByOutcomeOf((outcome) => family.at({ ...labels, outcome })),
      terms,
    );
    return this.spans ? new TracedTimer(timer, this.spans, spanTerms(name, labels, terms)) : timer;
  }

  override watch(read: () => readonly Reading[]): void {
    this.readers.push(read);
  }

  override outgoingHeaders(): Readonly<Record<string, string>> {
    return this.spans?.outgoingHeaders() ?? noHeaders;
  }

  /** Takes down a request that was answered. */
  answered({ method, route, status, durationMs }: AnsweredRequest): void {
    const durations = this.ofRequests.get(route)?.get(method)?.get(status);
    (durations ?? this.durationsOf(route, method, status)).observe(durationMs / 1000);
  }

  /** Everything of this process that is ours, at this moment. */
  figures(): readonly Figure[] {
    const measured = [...Object.values(this.counted), ...Object.values(this.timed), this.requests];
    const current = this.readers.flatMap((read) => read());
    const read = Object.entries(readings).map(([name, definition]) =>
      figureOf(
        definition,
        boundedPeers(
          definition,
          current.filter((reading) => reading.name === name),
        ),
      ),
    );
    return [...measured.map((family) => family.figure()), ...read];
  }

  /** What has not happened yet is 0 and not absent, so that the first time is seen as a rise. */
  private beginAtZero(): void {
    const { refreshes, sessions_opened, sessions_ended, throttled } = this.counted;
    sessions_opened.at({});
    for (const outcome of refreshOutcomes) refreshes.at({ outcome });
    for (const reason of sessionEnds) sessions_ended.at({ reason });
    for (const limit of throttleLimits) throttled.at({ limit });
  }

  private durationsOf(route: string, method: string, status: number): Durations {
    const isKnown = knownMethods.has(method);
    const labels = { method: isKnown ? method : 'other', route, status: String(status) };
    const durations = this.requests.at(labels);
    // Other methods are a client's own words, so nothing is kept by them.
    if (isKnown) {
      const byMethod = entry(this.ofRequests, route, () => new Map<string, Map<number, Durations>>());
      entry(byMethod, method, () => new Map<number, Durations>()).set(status, durations);
    }
    return durations;
  }
}

function counting(name: keyof Counted): Family<Count> {
  return new Family(counters[name], () => new Count());
}

function timing(name: keyof Timed): Family<Durations> {
  return new Family(timers[name], () => new Durations());
}

/** Made when they are first needed: most outcomes never come. */
class DurationsByOutcomeOf implements DurationsByOutcome {
  private readonly made = new Map<TimedOutcome, Durations>();

  constructor(private readonly make: (outcome: TimedOutcome) => Durations) {}

  of(outcome: TimedOutcome): Durations {
    return this.made.get(outcome) ?? entry(this.made, outcome, () => this.make(outcome));
  }
}

function spanTerms<Name extends keyof Timed>(name: Name, labels: Timed[Name], { attributes }: TimerTerms) {
  const own: Record<string, string> = {};
  for (const [label, value] of Object.entries(labels)) own[`gatehouse.${label}`] = String(value);
  return { name: `${name.split('_', 1)[0]} ${labels.operation}`, attributes: { ...attributes, ...own } };
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
