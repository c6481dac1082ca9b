import { isJsonObject, type JsonPointer, type JsonScalar, valueAt } from '../../common/json-pointer';
import type { ExternalSettings } from '../../config/external-settings';
import type { RefusalReason } from '../credential-strategy';
import { parseJson } from './answer-json';
import { isSuccess, type UpstreamAnswer } from './upstream/upstream-call';

/** What an operator says of a good answer. */
export interface AnswerRules {
  /** Where it says whether the login is accepted; undefined means `/success`, where there is one. */
  readonly success?: JsonPointer;
  readonly successValue: JsonScalar;
  /** True for a service that sends its JSON under another `Content-Type`. */
  readonly anyContentType: boolean;
}

/** What an answer means. No text repeats any part of a body: it may hold tokens. */
export type Reading =
  | { readonly kind: 'accepted'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** The service has had enough for now; `retryAfter` is its header as it came. */
  | { readonly kind: 'throttled'; readonly fault: string; readonly retryAfter?: string }
  | { readonly kind: 'unusable'; readonly fault: string };

/** The JSON object in an answer, or in plain words why there is none. */
export type BodyReading = { readonly body: Readonly<Record<string, unknown>> } | { readonly fault: string };

/** What a body says under the success condition; `odd` is a value that is neither a yes nor a no. */
export type Success = 'yes' | 'no' | 'absent' | 'odd';

const refusals: ReadonlyMap<number, RefusalReason> = new Map([
  [400, 'invalid_credentials'],
  [401, 'invalid_credentials'],
  [403, 'invalid_credentials'],
  [404, 'invalid_credentials'],
  [422, 'invalid_credentials'],
  [423, 'account_locked'],
]);

/** The rules that the settings make. */
export function answerRules(settings: ExternalSettings): AnswerRules {
  return {
    success: settings.EXTERNAL_AUTH_SUCCESS,
    successValue: settings.EXTERNAL_AUTH_SUCCESS_VALUE,
    anyContentType: settings.EXTERNAL_AUTH_ANY_CONTENT_TYPE,
  };
}

/** Reads the answer to a login. Whatever is not clearly a yes or a no is unusable, never a wrong password. */
export function readAnswer(answer: UpstreamAnswer, rules: AnswerRules): Reading {
  const { status, retryAfter } = answer;
  const reason = refusals.get(status);
  if (reason !== undefined) return { kind: 'refused', reason };
  if (status === 429) return { kind: 'throttled', fault: statusFault(status), retryAfter };
  if (!isSuccess(status)) return { kind: 'unusable', fault: statusFault(status) };
  const reading = readBody(answer, rules);
  if ('fault' in reading) return { kind: 'unusable', fault: reading.fault };
  return verdictIn(reading.body, rules);
}

/** What an answer without a usable status is, in plain words. */
export function statusFault(status: number): string {
  if (status === 429) return 'it has had too many requests (429)';
  if (status >= 300 && status < 400) return `it answered with a redirect (${status})`;
  return `it answered with status ${status}`;
}

/** Reads the body of a 2xx answer. */
export function readBody({ body, contentType }: UpstreamAnswer, rules: AnswerRules): BodyReading {
  if (!body) return { fault: 'its answer is longer than 64 KiB' };
  if (!rules.anyContentType && !isJsonType(contentType)) return { fault: wrongContentType(contentType) };
  const parsed = parseJson(body);
  if (parsed === undefined) return { fault: 'its answer is not JSON in UTF-8' };
  if (!isJsonObject(parsed)) return { fault: 'its answer is JSON, but not an object' };
  return { body: parsed };
}

/** Compares what stands at the condition's place. Another value of the same JSON type is a no; another type is odd. */
export function successIn(body: Readonly<Record<string, unknown>>, rules: AnswerRules): Success {
  const { place, expected } = conditionOf(rules);
  const found = valueAt(body, place);
  if (found === undefined) return 'absent';
  if (found === expected) return 'yes';
  return jsonTypeOf(found) === jsonTypeOf(expected) ? 'no' : 'odd';
}

/** EXTERNAL_AUTH_SUCCESS_VALUE says what stands at EXTERNAL_AUTH_SUCCESS, and nothing of the usual `success`. */
function conditionOf({ success, successValue }: AnswerRules): { place: JsonPointer; expected: JsonScalar } {
  return success ? { place: success, expected: successValue } : { place: ['success'], expected: true };
}

function verdictIn(body: Readonly<Record<string, unknown>>, rules: AnswerRules): Reading {
  switch (successIn(body, rules)) {
    case 'yes':
      return { kind: 'accepted', body };
    case 'no':
      return { kind: 'refused', reason: 'invalid_credentials' };
    case 'absent':
      // A condition that an operator has set must be met; the usual one need not be there.
      return rules.success ? { kind: 'unusable', fault: noCondition } : { kind: 'accepted', body };
    case 'odd':
      // A "false" in quotes, a 0 or a null must not let anybody in.
      return { kind: 'unusable', fault: oddSuccess(rules) };
  }
}

/** Why a value under the success condition is neither a yes nor a no. */
export function oddSuccess({ success }: AnswerRules): string {
  return success
    ? 'its answer has a value of another type than EXTERNAL_AUTH_SUCCESS_VALUE where EXTERNAL_AUTH_SUCCESS points'
    : 'its answer says neither true nor false under `success`';
}

const noCondition = 'its answer holds nothing where EXTERNAL_AUTH_SUCCESS points';

/** A page for people comes from a wrong address; any other type may be JSON all the same. */
function wrongContentType(contentType = ''): string {
  const type = /^[\w.+-]{1,64}\/[\w.+-]{1,64}/.exec(contentType.trim())?.[0] ?? 'of an unknown type';
  const advice = type.toLowerCase().endsWith('html')
    ? 'check EXTERNAL_AUTH_URL and EXTERNAL_AUTH_LOGIN_PATH'
    : 'EXTERNAL_AUTH_ANY_CONTENT_TYPE=true reads it as JSON all the same';
  return `its answer is ${type} by its Content-Type, not JSON; ${advice}`;
}

/** No type at all is fine. `+json` is the suffix of RFC 6839 section 3.1. */
function isJsonType(contentType = ''): boolean {
  const [type = ''] = contentType.split(';', 1);
  return /^(|(application|text)\/json|application\/[^\s/]+\+json)$/i.test(type.trim());
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
