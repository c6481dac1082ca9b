import type { RefusalReason } from '../credential-strategy';
import { isJsonObject } from '../../common/json-pointer';
import { isSuccess, type UpstreamAnswer } from './upstream/upstream-call';

/** What an answer means. No text repeats any part of a body: it may hold tokens. */
export type Reading =
  | { readonly kind: 'accepted'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  | { readonly kind: 'unusable'; readonly fault: string };

const refusals: ReadonlyMap<number, RefusalReason> = new Map([
  [400, 'invalid_credentials'],
  [401, 'invalid_credentials'],
  [403, 'invalid_credentials'],
  [404, 'invalid_credentials'],
  [422, 'invalid_credentials'],
  [423, 'account_locked'],
]);

/** Reads an answer. Whatever is not clearly a yes or a no is unusable, never a wrong password. */
export function readAnswer({ status, body }: UpstreamAnswer): Reading {
  const reason = refusals.get(status);
  if (reason !== undefined) return { kind: 'refused', reason };
  if (isSuccess(status)) return readSuccess(body);
  if (status === 429) return unusable('it has had too many requests (429)');
  if (status >= 300 && status < 400) return unusable(`it answered with a redirect (${status})`);
  return unusable(`it answered with status ${status}`);
}

function readSuccess(body: Buffer | undefined): Reading {
  if (!body) return unusable('its answer is longer than 64 KiB');
  const parsed = parseJson(body);
  if (parsed === undefined) return unusable('its answer is not JSON');
  if (!isJsonObject(parsed)) return unusable('its answer is JSON, but not an object');
  if (parsed.success === false) return { kind: 'refused', reason: 'invalid_credentials' };
  // A "false" in quotes, a 0 or a null must not let anybody in.
  if (parsed.success !== undefined && parsed.success !== true) {
    return unusable('its answer says neither true nor false under `success`');
  }
  return { kind: 'accepted', body: parsed };
}

function unusable(fault: string): Reading {
  return { kind: 'unusable', fault };
}

/** The parser's own error quotes the text, so it is dropped here. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
