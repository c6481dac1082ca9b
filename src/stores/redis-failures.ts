import { describeError } from '../common/system-error';
import { StoreUnavailable } from './store';

/**
 * What went wrong, in words for the log. ioredis hangs the whole command on its errors, a value or a password included, and a
 * server repeats parts of a command that it does not know. So neither the error itself nor a server's sentence goes on, only its code.
 */
export function describeRedisFailure(error: unknown): string {
  const code = answerCode(error);
  if (code !== undefined) return `Redis answered ${code}`;
  const cause = lastNodeError(error);
  const text = describeError(error);
  if (text.includes('enableOfflineQueue')) return 'not connected';
  return cause === undefined ? text : `${text} ${describeRedisFailure(cause)}`;
}

/** @returns the error that callers get. It has no cause, for the reason above. */
export function redisUnavailable(error: unknown): StoreUnavailable {
  return error instanceof StoreUnavailable ? error : new StoreUnavailable(describeRedisFailure(error));
}

/** The code with which a server begins an error, such as NOSCRIPT; undefined for an error that is none of a server's. */
export function answerCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('name' in error)) return undefined;
  if (error.name !== 'ReplyError') return undefined;
  return /^[A-Z]+/.exec(describeError(error))?.[0] ?? 'an error';
}

/** A Cluster of which no node answers says only that; the reason is beside it. */
function lastNodeError(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'lastNodeError' in error
    ? error.lastNodeError
    : undefined;
}
