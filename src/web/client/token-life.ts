import { claimsOf } from './token-claims';

/**
 * How long a token lives, in milliseconds: by the answer's `expires_in` (RFC 6749 section 5.1) or its own `exp` and `iat`, whichever is
 * shorter. Both are differences by the clock of the gateway, so the clock of this machine may be wrong. Infinity if neither tells.
 */
export function lifeMs(token: string, expiresInSeconds: unknown): number {
  const { exp, iat } = claimsOf(token);
  const lives = [Number(expiresInSeconds), Number(exp) - Number(iat)].filter((life) => life > 0);
  return Math.min(...lives) * 1000;
}

/** How long a token of this life is sent, in milliseconds: a little shorter, so that it is still good when it arrives. */
export function usableMs(life: number): number {
  const longestTravelMs = 10_000;
  return life - Math.min(longestTravelMs, life / 10);
}

/** How long before its end a token with so much time left is renewed, in milliseconds. */
export function leadMs(left: number): number {
  const longestLeadMs = 60_000;
  return Math.min(longestLeadMs, left / 4);
}

/**
 * The pause after so many failures, in milliseconds: what the gateway asked for, else doubled each time, up to 5 minutes; and never the
 * same for all, who would come back together.
 */
export function pauseMs(failures: number, retryAfterSeconds = 0, random = Math.random()): number {
  const firstPauseMs = 2_000;
  const longestPauseMs = 300_000;
  const pause = retryAfterSeconds * 1000 || Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
  return pause * (1 + random / 4);
}
