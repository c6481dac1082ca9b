import { type AnswerRules, oddSuccess, readAnswer, readBody, type Reading, successIn } from './login-answer';
import { isSuccess, type UpstreamAnswer } from './upstream/upstream-call';

/**
 * Reads the answer to a refresh, as that to a login. But the condition of EXTERNAL_AUTH_SUCCESS was written for logins: a refresh that
 * holds nothing at its place is accepted, and must then prove itself by an access token. Another value there refuses it all the same.
 */
export function readRefreshAnswer(answer: UpstreamAnswer, rules: AnswerRules): Reading {
  const reading = readAnswer(answer, rules);
  if (reading.kind !== 'unusable' || !isSuccess(answer.status)) return reading;
  const content = readBody(answer, rules);
  const isSilent = 'body' in content && successIn(content.body, rules) === 'absent';
  return isSilent ? { kind: 'accepted', body: content.body } : reading;
}

/**
 * Why a 2xx answer to a logout confirms nothing, in words that repeat nothing of it; undefined when it does. A logout needs no body at
 * all; but one that says no, under whatever `Content-Type`, is believed.
 */
export function revocationFault(answer: UpstreamAnswer, rules: AnswerRules): string | undefined {
  const content = readBody(answer, { ...rules, anyContentType: true });
  if ('fault' in content) return undefined;
  switch (successIn(content.body, rules)) {
    case 'no':
      return `it answered with status ${answer.status}, but its answer says that the session has not ended`;
    case 'odd':
      return oddSuccess(rules);
    default:
      return undefined;
  }
}
