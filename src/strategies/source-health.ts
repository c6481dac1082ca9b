import type { CredentialStrategy } from './credential-strategy';

/** How one server or address of a source is at present. For operators; holds no secret. */
export interface PeerHealth {
  /** Scheme, host and port; for a file what it is. */
  readonly address: string;
  /** Whether logins go there at present. */
  readonly isUp: boolean;
  /** What went wrong last, in words, also when it works again. */
  readonly lastError?: string | undefined;
  /** How long ago that was, in milliseconds. */
  readonly lastErrorAgeMs?: number | undefined;
  /** Connections that are open. */
  readonly connections?: number;
  /** What waits for one of them. */
  readonly waiting?: number;
}

/** A further power: to tell how the source is, from what was seen of it. Asks nobody. */
export interface ReportsHealth {
  /** Every server or address that was asked so far. */
  health(): readonly PeerHealth[];
}

export function reportsHealth(strategy: CredentialStrategy): strategy is CredentialStrategy & ReportsHealth {
  return 'health' in strategy && typeof strategy.health === 'function';
}

/** How a whole source is. */
export interface SourceHealth {
  /** The name in STRATEGIES. */
  readonly strategy: string;
  /** `unknown` before anybody was asked, and where the source cannot tell; `degraded` where some of its servers are out of use. */
  readonly status: 'up' | 'degraded' | 'down' | 'unknown';
  readonly peers: readonly PeerHealth[];
}

/** Puts what a source tells of its servers into one word. */
export function healthOf(strategy: CredentialStrategy): SourceHealth {
  const peers = reportsHealth(strategy) ? strategy.health() : [];
  const up = peers.filter(({ isUp }) => isUp).length;
  const all = up === peers.length ? 'up' : 'degraded';
  const status = peers.length === 0 ? 'unknown' : up === 0 ? 'down' : all;
  return { strategy: strategy.name, status, peers };
}
