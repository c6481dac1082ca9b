import { GatehouseError } from './contract';
import type { AnswerData } from './gateway';
import { ownerOf, type TokenOwner } from './token-claims';
import { lifeMs, usableMs } from './token-life';

/** The access token, in memory alone. */
export interface HeldToken extends TokenOwner {
  readonly token: string;
  /** By `now`. */
  readonly endsAtMs: number;
}

/** The monotonic clock of this page, in milliseconds. */
export const now = () => performance.now();

/**
 * @param askedAtMs when it was asked for: the token may be as old as that
 * @throws GatehouseError when the answer holds none
 */
export function heldToken(
  { access_token: token, expires_in: seconds }: AnswerData,
  askedAtMs: number,
): HeldToken {
  if (!token) throw new GatehouseError({ status: 200, code: 'UNREADABLE_ANSWER', message: 'No answer' });
  return { token, endsAtMs: askedAtMs + usableMs(lifeMs(token, seconds)), ...ownerOf(token) };
}
