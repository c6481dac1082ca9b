import type { Session } from './session';

/** Milliseconds. Uses within it count as one (`SessionService.touch`), and so do the answers that carry one renewed cookie. */
export const touchEveryMs = 1000;

/**
 * What a use at `nowMs` notes of the cookie that names the session: that it is handed out anew, once a quarter of its life has passed
 * since it was last. Were it in every answer, a slow one could bring an old cookie back over that of a later login, and files that a
 * cache keeps would carry it.
 * @param idleMs how long the session lives unused
 */
export function renewedCookie(
  session: CookieTimes,
  nowMs: number,
  idleMs: number,
): Pick<Session, 'cookieRenewedAtMs'> {
  const sinceMs = session.cookieRenewedAtMs ?? session.createdAtMs;
  return nowMs - sinceMs >= idleMs / 4 ? { cookieRenewedAtMs: nowMs } : {};
}

/** Whether an answer at `nowMs` hands the cookie out: those of the second in which it was due, so that one may be lost. */
export function handsOutCookie({ cookieRenewedAtMs }: CookieTimes, nowMs: number): boolean {
  return cookieRenewedAtMs !== undefined && nowMs - cookieRenewedAtMs < touchEveryMs;
}

type CookieTimes = Pick<Session, 'createdAtMs' | 'cookieRenewedAtMs'>;
