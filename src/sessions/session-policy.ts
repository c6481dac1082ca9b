import type { Settings } from '../config/settings';

/** How long sessions live. Pure numbers; `Settings` are read once. */
export interface SessionPolicy {
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly graceMs: number;
  /** Sessions of one person; past them the oldest ends. */
  readonly mostPerPerson: number;
}

type PolicySettings = Pick<
  Settings,
  | 'REFRESH_TOKEN_TTL_SECONDS'
  | 'REFRESH_ABSOLUTE_TTL_SECONDS'
  | 'REFRESH_GRACE_SECONDS'
  | 'SESSIONS_MAX_PER_PERSON'
>;

export function sessionPolicy(settings: PolicySettings): SessionPolicy {
  return {
    idleMs: settings.REFRESH_TOKEN_TTL_SECONDS * 1000,
    absoluteMs: settings.REFRESH_ABSOLUTE_TTL_SECONDS * 1000,
    graceMs: settings.REFRESH_GRACE_SECONDS * 1000,
    mostPerPerson: settings.SESSIONS_MAX_PER_PERSON,
  };
}

/**
 * When a new session ends at the latest. Where the source cannot tell us later whether the person is still welcome, that is
 * the refresh life, so that nobody outlives their account by more than it.
 */
export function absoluteEndMs(policy: SessionPolicy, nowMs: number, identityCanBeReread: boolean): number {
  return nowMs + (identityCanBeReread ? policy.absoluteMs : Math.min(policy.idleMs, policy.absoluteMs));
}

/** When a session ends unless it is used before. */
export function idleEndMs(policy: Pick<SessionPolicy, 'idleMs'>, nowMs: number, absoluteEnd: number): number {
  return Math.min(nowMs + policy.idleMs, absoluteEnd);
}
