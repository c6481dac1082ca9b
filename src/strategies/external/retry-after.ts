const longestWaitSeconds = 3600;
/** Where a service asks for patience and does not say for how long. */
export const usualPatienceSeconds = 60;

/** `Retry-After` in whole seconds, given as seconds or as an HTTP date (RFC 9110 section 10.2.3), from 1 to 3600. */
export function retryAfterSeconds(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return bounded(Number(text));
  const atMs = millisecondsOf(text);
  return Number.isNaN(atMs) ? undefined : bounded(Math.ceil((atMs - nowMs) / 1000));
}

/** Date.parse also reads much that is no HTTP date; every HTTP date names a day. The form of asctime ends with the year and is in GMT. */
function millisecondsOf(date: string): number {
  if (!/^[A-Z][a-z]{2,8},? /.test(date)) return Number.NaN;
  return Date.parse(/ \d{4}$/.test(date) ? `${date} GMT` : date);
}

/** A service that asks for a day is believed for an hour. */
function bounded(seconds: number): number {
  return Math.min(Math.max(seconds, 1), longestWaitSeconds);
}
