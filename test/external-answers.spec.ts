import type { Behaviour } from './servers/upstream';
import { context, externalBench, failureOf, right } from './support/external-logins';

const ok = { success: true, data: { access_token: 'opaque' } };

describe('an answer to the external strategy', () => {
  const answering = (status: number, body: unknown, headers?: Record<string, string>): Behaviour => ({
    kind: 'answer',
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });

  it.each([
    ['200 with success', answering(200, ok), { accepted: true }],
    ['201 without success', answering(201, { data: { access_token: 'opaque' } }), { accepted: true }],
    ['a byte order mark', answering(200, `\uFEFF${JSON.stringify(ok)}`), { accepted: true }],
    ['200 with success:false', answering(200, { success: false }), 'invalid_credentials'],
    ['400', answering(400, {}), 'invalid_credentials'],
    ['401', answering(401, 'no JSON'), 'invalid_credentials'],
    ['403', answering(403, { success: true }), 'invalid_credentials'],
    ['404', answering(404, ''), 'invalid_credentials'],
    ['422', answering(422, {}), 'invalid_credentials'],
    ['423', answering(423, {}), 'account_locked'],
  ])('%s is a verdict', async (_case, behaviour, expected) => {
    const { upstream, strategy } = await externalBench();
    upstream.behave(behaviour);
    const verdict = await strategy.authenticate(right, context);
    expect(verdict).toMatchObject(
      typeof expected === 'string' ? { accepted: false, reason: expected } : expected,
    );
    expect(upstream.requests).toHaveLength(1);
  });

  const canary = 'eyCANARY.eyCANARY.CANARY';
  it.each<[string, Behaviour, string]>([
    ['500', answering(500, { token: canary }), 'status 500'],
    ['503', answering(503, canary), 'status 503'],
    ['405', answering(405, { token: canary }), 'status 405'],
    ['204', answering(204, ''), 'not JSON'],
    ['a redirect', { kind: 'redirect', to: '/elsewhere' }, 'redirect (302)'],
    ['invalid JSON', answering(200, `{"token":"${canary}"`), 'not JSON'],
    [
      'bytes that are not UTF-8',
      { kind: 'answer', status: 200, body: Buffer.from([0x22, 0xff, 0x22]) },
      'not JSON',
    ],
    ['a list', answering(200, [canary]), 'not an object'],
    ['a text', answering(200, `"${canary}"`), 'not an object'],
    ['null', answering(200, null), 'not an object'],
    ['success in quotes', answering(200, { success: 'false' }), '`success`'],
    ['success 0', answering(200, { success: 0 }), '`success`'],
    ['65 KiB', { kind: 'oversize', bytes: 65 * 1024 }, '64 KiB'],
    ['10 MB', { kind: 'oversize', bytes: 10_000_000 }, '64 KiB'],
    ['a reset', { kind: 'reset' }, 'connection broke'],
    [
      'half an answer',
      { kind: 'half-body', status: 200, body: `{"t":"${canary}`, close: true },
      'connection broke',
    ],
    ['a page', answering(200, { html: canary }, { 'content-type': 'text/html' }), 'Content-Type'],
    ['something else than HTTP', { kind: 'raw', bytes: `220 ${canary} ESMTP\r\n` }, 'not HTTP'],
  ])('%s is an outage', async (_case, behaviour, words) => {
    const { upstream, strategy, log } = await externalBench();
    upstream.behave(behaviour);
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure.message).toContain(words);
    expect(failure.cause).toBeUndefined();
    expect(failure.options.retryAfterSeconds).toBeUndefined();
    expect(upstream.requests).toHaveLength(1);
    for (const text of [failure.stack, JSON.stringify(failure), log()]) {
      expect(text).not.toContain('CANARY');
      expect(text).not.toContain(right.password);
    }
  });

  it.each([
    ['30', 30, '1 minutos'],
    ['999999', 3600, '60 minutos'],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120, '2 minutos'],
    ['tomorrow', 60, '1 minutos'],
  ])('429 with Retry-After %p is passed on with the time to come back', async (header, seconds, words) => {
    const { upstream, strategy, log } = await externalBench();
    upstream.behave(answering(429, { token: canary }, { 'retry-after': header }));
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure).toMatchObject({ code: 'TOO_MANY_REQUESTS', status: 429 });
    expect(failure.options.retryAfterSeconds).toBe(seconds);
    expect(failure.text.es).toContain(words);
    expect(log()).toContain('EXTERNAL_AUTH_ADDRESS_HEADER');
  });

  it('503 with Retry-After is an outage that says when to come back', async () => {
    const { upstream, strategy } = await externalBench();
    upstream.behave(answering(503, {}, { 'retry-after': '30' }));
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE', options: { retryAfterSeconds: 30 } });
  });

  it('404 is shown to the operator, who may have mistyped the path', async () => {
    const { strategy, log } = await externalBench({ EXTERNAL_AUTH_LOGIN_PATH: '/wrong' });
    await strategy.authenticate(right, context);
    expect(log()).toContain('EXTERNAL_AUTH_LOGIN_PATH');
  });

  it('leaves no password and no token in the log', async () => {
    const { upstream, strategy, log } = await externalBench();
    await strategy.authenticate(right, context);
    await strategy.authenticate({ ...right, password: 'canary-wrong' }, context);
    expect(upstream.issuedTokens).toHaveLength(2);
    for (const secret of [...upstream.issuedTokens, right.password, 'canary-wrong']) {
      expect(log()).not.toContain(secret);
    }
  });
});
