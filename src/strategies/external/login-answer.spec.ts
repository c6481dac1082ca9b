import fc from 'fast-check';
import { loadSettings } from '../../config/load-settings';
import { answerRules, type AnswerRules, readAnswer } from './login-answer';
import type { UpstreamAnswer } from './upstream/upstream-call';

function rules(env: Readonly<Record<string, string>> = {}): AnswerRules {
  return answerRules(loadSettings(env).settings);
}

function answer(body: unknown, more: Partial<UpstreamAnswer> = {}): UpstreamAnswer {
  return { status: 200, setCookies: [], body: Buffer.from(JSON.stringify(body)), ...more };
}

const kind = (body: unknown, env: Readonly<Record<string, string>> = {}) =>
  readAnswer(answer(body), rules(env)).kind;

describe('the usual success', () => {
  it.each([
    [{ success: true }, 'accepted'],
    [{}, 'accepted'],
    [{ success: false }, 'refused'],
    [{ success: 'true' }, 'unusable'],
    [{ success: 1 }, 'unusable'],
    [{ success: null }, 'unusable'],
  ])('%j is %s, whatever EXTERNAL_AUTH_SUCCESS_VALUE alone says', (body, expected) => {
    expect(kind(body)).toBe(expected);
    expect(kind(body, { EXTERNAL_AUTH_SUCCESS_VALUE: 'false' })).toBe(expected);
  });
});

describe('EXTERNAL_AUTH_SUCCESS', () => {
  it.each([
    ['true', true, 'accepted'],
    ['true', false, 'refused'],
    ['true', 'true', 'unusable'],
    ['true', 1, 'unusable'],
    ['true', null, 'unusable'],
    ['"OK"', 'OK', 'accepted'],
    ['"OK"', 'ok', 'refused'],
    ['"OK"', '', 'refused'],
    ['"OK"', true, 'unusable'],
    ['"OK"', ['OK'], 'unusable'],
    ['0', 0, 'accepted'],
    ['0', 7, 'refused'],
    ['0', '0', 'unusable'],
    ['0', false, 'unusable'],
    ['null', null, 'accepted'],
    ['null', {}, 'unusable'],
    ['null', false, 'unusable'],
  ])('that must be %s is %j: %s', (value, found, expected) => {
    const env = { EXTERNAL_AUTH_SUCCESS: '/result/code', EXTERNAL_AUTH_SUCCESS_VALUE: value };
    expect(kind({ result: { code: found } }, env)).toBe(expected);
  });

  it('must be there, and the usual `success` no longer counts', () => {
    const env = { EXTERNAL_AUTH_SUCCESS: '/result', EXTERNAL_AUTH_SUCCESS_VALUE: '"OK"' };
    expect(kind({ success: true }, env)).toBe('unusable');
    expect(kind({ success: false, result: 'OK' }, env)).toBe('accepted');
    expect(JSON.stringify(readAnswer(answer({}), rules(env)))).toContain('EXTERNAL_AUTH_SUCCESS');
  });

  it('is true where no value is set', () => {
    expect(kind({ ok: true }, { EXTERNAL_AUTH_SUCCESS: '/ok' })).toBe('accepted');
    expect(kind({ ok: false }, { EXTERNAL_AUTH_SUCCESS: '/ok' })).toBe('refused');
  });
});

describe('the type of an answer', () => {
  const readAs = (contentType: string | undefined, env: Readonly<Record<string, string>> = {}) =>
    readAnswer(answer({}, { contentType }), rules(env)).kind;

  it.each([
    undefined,
    '',
    'application/json',
    'Application/JSON; charset=utf-8',
    'text/json',
    'application/problem+json',
    'application/vnd.example.v2+json;v=1',
  ])('may be %p', (contentType) => {
    expect(readAs(contentType)).toBe('accepted');
  });

  it.each([
    'text/html',
    'text/plain; charset=utf-8',
    'text/html; x=application/json',
    'application/jsonp',
    'application/json-seq',
    'image/svg+json',
    'application/+json',
  ])('is an outage when it is %p, unless any may be', (contentType) => {
    expect(readAs(contentType)).toBe('unusable');
    expect(readAs(contentType, { EXTERNAL_AUTH_ANY_CONTENT_TYPE: 'true' })).toBe('accepted');
  });

  it.each([
    ['text/html; charset=utf-8', /text\/html.*EXTERNAL_AUTH_LOGIN_PATH/],
    ['text/plain', /text\/plain.*EXTERNAL_AUTH_ANY_CONTENT_TYPE/],
    ['canary canary', /of an unknown type(?!.*canary)/],
  ])('is named where it is %p', (contentType, words) => {
    expect(readAnswer(answer({}, { contentType }), rules())).toMatchObject({
      fault: expect.stringMatching(words) as string,
    });
  });

  it('does not matter to a refusal', () => {
    const page = answer('', { status: 401, contentType: 'text/html', body: undefined });
    expect(readAnswer(page, rules())).toEqual({ kind: 'refused', reason: 'invalid_credentials' });
  });
});

describe('the status of an answer', () => {
  const readStatus = (status: number) => readAnswer(answer({}, { status }), rules());

  it('refuses by those of a refusal only, and accepts by 2xx only', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        const { kind: read } = readStatus(status);
        const expected = [400, 401, 403, 404, 422, 423].includes(status)
          ? 'refused'
          : status === 429
            ? 'throttled'
            : status >= 200 && status < 300
              ? 'accepted'
              : 'unusable';
        expect(read).toBe(expected);
      }),
    );
  });

  it('423 says that the account is locked, and 429 when to come back', () => {
    expect(readStatus(423)).toEqual({ kind: 'refused', reason: 'account_locked' });
    const throttled = answer({}, { status: 429, retryAfter: '30', body: undefined });
    expect(readAnswer(throttled, rules())).toMatchObject({ kind: 'throttled', retryAfter: '30' });
  });
});
