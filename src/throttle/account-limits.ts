import type { LockoutSettings } from '../config/lockout-settings';
import type { Settings } from '../config/settings';

/** What the limits are made of. */
export type LimitSettings = LockoutSettings &
  Partial<Pick<Settings, 'LDAP_LOGIN_TIMEOUT_MS' | 'EXTERNAL_AUTH_TIMEOUT_MS'>>;

/** When a source locks an account by itself. */
export interface SourceLimit {
  /** Wrong passwords that lock the account, at least 1. */
  readonly failures: number;
  /** After so long without a further wrong one the source forgets them; undefined where it never does. */
  readonly windowSeconds?: number;
  /** Wrong passwords that the source counts for this account at present, where it says so. */
  readonly counted?: number;
}

/** How many wrong passwords one account bears. */
export interface AccountLimits {
  /** From devices that have not logged this account in before. */
  readonly strangers: number;
  /** From all devices. What is above `strangers` is left to those that have. */
  readonly total: number;
  /** Time without any try after which all of them are forgotten. */
  readonly windowMs: number;
  /** A try whose outcome is not written down by then counts no longer; longer than any login. */
  readonly longestTryMs: number;
  /** Where the source says how many it counts itself: below how many a further try is safe. */
  readonly source?: { readonly counted: number; readonly strangers: number; readonly total: number };
}

/** On top of the window of a source: its clock and ours differ, and an answer takes its time. */
const marginSeconds = 60;
/** How long failures are kept that the source itself never forgets. */
const dayInSeconds = 24 * 60 * 60;
/** With the usual settings a source is given up after 10 s. */
const usualLongestTryMs = 30_000;
/** For the steps around the call of a source, those in the store among them. */
const stepsMs = 10_000;

/**
 * Our limits for an account, of which one wrong password less than locks it at its source is the most there can be.
 * @param source what the source says of its own lock; undefined where it says nothing
 */
export function accountLimits(settings: LimitSettings, source?: SourceLimit): AccountLimits {
  const { LOCKOUT_MAX_FAILURES: most, LOCKOUT_WINDOW_SECONDS: windowSeconds } = settings;
  const usual = most + Math.max(1, Math.floor(most / 2));
  const longestTryMs = longestTry(settings);
  if (!source) return { strangers: most, total: usual, windowMs: windowSeconds * 1000, longestTryMs };
  const safe = Math.max(1, source.failures - 1);
  const kept = safe >= 2 ? Math.max(1, Math.floor(safe / 3)) : 0;
  const { counted } = source;
  return {
    strangers: Math.min(most, safe - kept),
    total: Math.min(safe, usual),
    windowMs: Math.max(windowSeconds, sourceWindowSeconds(source)) * 1000,
    longestTryMs,
    ...(counted !== undefined && { source: { counted, strangers: safe - kept, total: safe } }),
  };
}

function sourceWindowSeconds({ windowSeconds }: SourceLimit): number {
  return windowSeconds === undefined ? dayInSeconds : windowSeconds + marginSeconds;
}

function longestTry({
  LDAP_LOGIN_TIMEOUT_MS: ldapMs = 0,
  EXTERNAL_AUTH_TIMEOUT_MS: externalMs = 0,
}: LimitSettings): number {
  return Math.max(usualLongestTryMs, ldapMs + stepsMs, externalMs + stepsMs);
}
