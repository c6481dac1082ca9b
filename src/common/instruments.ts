import { sessionEndCauses } from './audit-trail';

/**
 * How something that was timed ended. `refused`: the other side said no. `unavailable`: it gave no answer, or said that it cannot.
 * `failed`: a fault of our own.
 */
export const timedOutcomes = ['ok', 'refused', 'unavailable', 'failed'] as const;
export type TimedOutcome = (typeof timedOutcomes)[number];

/** Limits that turn requests away, by the names that the metrics count them by. */
export const throttleLimits = [
  'login',
  'general',
  'account',
  'client',
  'source',
  'places',
  'overload',
] as const;
export type ThrottleLimit = (typeof throttleLimits)[number];

/** How refreshes end. `absent`: without a refresh token, as every visitor who has no session asks for one. */
export const refreshOutcomes = ['success', 'refused', 'reused', 'absent', 'unavailable'] as const;
export type RefreshOutcome = (typeof refreshOutcomes)[number];

/** Why sessions end: the causes of the audit trail's `session_end`, and what has an event of its own there. */
export const sessionEnds = ['logout', 'reuse', ...sessionEndCauses] as const;
export type SessionEnd = (typeof sessionEnds)[number];

/** What is counted, with its labels. Their values come from closed sets or from the configuration, never from a request. */
export interface Counted {
  readonly logins: { readonly door: string; readonly strategy: string; readonly outcome: string };
  readonly refreshes: { readonly outcome: RefreshOutcome };
  readonly sessions_opened: Readonly<Record<string, never>>;
  readonly sessions_ended: { readonly reason: SessionEnd };
  readonly throttled: { readonly limit: ThrottleLimit };
}

export const ldapOperations = ['connect', 'bind', 'search', 'modify', 'other'] as const;
export type LdapOperation = (typeof ldapOperations)[number];
export const storeOperations = ['create', 'read', 'replace', 'delete', 'increment', 'scan'] as const;
export type StoreOperation = (typeof storeOperations)[number];

/** What is timed, with its labels; the outcome is one more. */
export interface Timed {
  readonly ldap_operation: { readonly source: string; readonly operation: LdapOperation };
  readonly upstream_request: { readonly source: string; readonly operation: string };
  readonly store_operation: { readonly operation: StoreOperation };
}

/** What is read when somebody looks, with its labels. */
export interface Read {
  readonly source_up: { readonly source: string };
  readonly peer_up: { readonly source: string; readonly peer: string };
  readonly pool_connections: { readonly source: string; readonly peer: string };
  readonly pool_waiting: { readonly source: string; readonly peer: string };
  readonly login_places_in_use: Readonly<Record<string, never>>;
  readonly login_places_waiting: Readonly<Record<string, never>>;
  readonly login_places: Readonly<Record<string, never>>;
  readonly audit_lines_lost: Readonly<Record<string, never>>;
  readonly keys_signing_expires_at_seconds: Readonly<Record<string, never>>;
  readonly spans_lost: Readonly<Record<string, never>>;
}

/** One value of one of them. */
export type Reading = {
  [Name in keyof Read]: {
    readonly name: Name;
    readonly labels: Read[Name];
    readonly value: number;
  };
}[keyof Read];

/** Times one kind of operation at one place. Made once, used for each. */
export interface Timer {
  /**
   * Runs the task, and takes down how long it lasted and how it ended; where traces are on, it is a span as well.
   * @param outcomeOf how a task that did not throw ended; `ok` without it
   * @throws what the task throws
   */
  run<T>(task: () => Promise<T>, outcomeOf?: (value: T) => TimedOutcome): Promise<T>;
}

/** What a timer has to know beside its labels. */
export interface TimerTerms {
  /** How a task that threw ended. */
  readonly outcomeOfError: (error: unknown) => TimedOutcome;
  /** For traces alone: which server is asked, and how. Nothing of a request, and no name of a person. */
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/**
 * How rooms are measured, without knowing who looks. One call around an operation gives its place in a histogram and, where traces are
 * on, its span.
 */
export abstract class Instruments {
  abstract timer<Name extends keyof Timed>(name: Name, labels: Timed[Name], terms: TimerTerms): Timer;

  abstract count<Name extends keyof Counted>(name: Name, labels: Counted[Name]): void;

  /** Has the values read whenever somebody looks. Must be quick, and ask nobody. */
  abstract watch(read: () => readonly Reading[]): void;

  /** What a call to another service carries on, so that its spans join ours (W3C Trace Context); empty without traces. */
  abstract outgoingHeaders(): Readonly<Record<string, string>>;
}

const untimed: Timer = { run: (task) => task() };
const noHeaders: Readonly<Record<string, string>> = {};

/** Measures nothing: for strategies and stores that stand alone. */
class NoInstruments extends Instruments {
  override timer(): Timer {
    return untimed;
  }

  override count(): void {
    // Nobody looks.
  }

  override watch(): void {
    // Nobody looks.
  }

  override outgoingHeaders(): Readonly<Record<string, string>> {
    return noHeaders;
  }
}

export const noInstruments: Instruments = new NoInstruments();
