import type { Behaviour } from './servers/upstream';
import { upstreamPaths } from './servers/upstream-contract';
import {
  answering,
  closeRelays,
  context,
  failureOf,
  issuer,
  keptMs,
  refreshed,
  relayBench as bench,
  right,
  tokensOf,
} from './support/relay-bench';

const canary = 'CANARY';

afterEach(closeRelays);

describe('a relayed login', () => {
  it.each(['json', 'cookie'] as const)(
    'hands the tokens through, the refresh token from the %s',
    async (refreshIn) => {
      const { upstream, relay } = await bench({ refreshIn });
      const login = await relay.login({ ...right, username: ' maria ' }, context);
      const [accessToken, refreshToken] = upstream.issuedTokens;
      expect(login).toMatchObject({
        accepted: true,
        identity: { subject: 'external:1042', username: 'maria', roles: ['juez'], strategy: 'external' },
        tokens: { accessToken, refreshToken },
      });
      const endsAtSeconds = login.accepted ? (login.tokens.accessExpiresAtSeconds ?? 0) : 0;
      expect(Math.abs(endsAtSeconds - Date.now() / 1000 - 900)).toBeLessThan(60);
    },
  );

  it('is refused for a wrong password, and for none without any call', async () => {
    const { upstream, relay } = await bench();
    const refusal = { accepted: false, reason: 'invalid_credentials' };
    for (const empty of [{ username: ' ' }, { username: 'ma\u0000ria' }, { password: '' }]) {
      expect(await relay.login({ ...right, ...empty }, context)).toEqual(refusal);
    }
    expect(upstream.requests).toHaveLength(0);
    expect(await relay.login({ ...right, password: 'wrong' }, context)).toEqual(refusal);
  });

  it.each<[string, Behaviour, string]>([
    ['no access token', answering(200, { success: true, data: {} }), 'EXTERNAL_AUTH_ACCESS_TOKEN'],
    ['500', answering(500, { token: canary }), 'status 500'],
    ['half a page', answering(200, `{"token":"${canary}`), 'not JSON'],
    ['a reset', { kind: 'reset' }, 'connection broke'],
    ['a redirect', { kind: 'redirect', to: 'https://evil.example' }, 'redirect'],
  ])('with %s is an outage', async (_case, behaviour, words) => {
    const { upstream, relay, log } = await bench();
    upstream.behave(behaviour, upstreamPaths.login);
    const failure = await failureOf(relay.login(right, context));
    expect(failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(failure.message).toContain(words);
    expect(upstream.requestsTo(upstreamPaths.login)).toHaveLength(1);
    for (const text of [failure.stack, JSON.stringify(failure), log()]) {
      expect(text).not.toContain(canary);
      expect(text).not.toContain(right.password);
    }
  });

  it('that comes too often is told so, with the wait', async () => {
    const { upstream, relay } = await bench();
    upstream.behave(answering(429, {}, { 'retry-after': '90' }));
    const failure = await failureOf(relay.login(right, context));
    expect(failure).toMatchObject({ code: 'TOO_MANY_REQUESTS', options: { retryAfterSeconds: 90 } });
    expect(failure.text.es).toBe('Demasiados intentos de autenticación. Intenta de nuevo en 2 minutos.');
  });
});

describe('a relayed refresh', () => {
  it.each([
    ['json', 'cookie'],
    ['cookie', 'cookie'],
    ['json', 'body'],
  ] as const)('with a token that came as %s and goes as %s rotates it', async (refreshIn, sendAs) => {
    const { upstream, relay, clock } = await bench({ refreshIn }, { EXTERNAL_AUTH_REFRESH_SEND: sendAs });
    const first = await tokensOf(relay);
    const second = refreshed(await relay.refresh(first.refreshToken, context));
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(upstream.issuedTokens).toContain(second.refreshToken);
    const [request] = upstream.requestsTo(upstreamPaths.refresh);
    const cookie = sendAs === 'cookie' ? `refreshToken=${first.refreshToken}` : undefined;
    expect(request?.headers.cookie).toBe(cookie);
    expect(request?.headers['x-request-id']).toBe('request-1');
    clock.advance(keptMs);
    expect(await relay.refresh(first.refreshToken, context)).toEqual({ accepted: false });
    expect((await relay.refresh(second.refreshToken ?? '', context)).accepted).toBe(true);
  });

  it('gives no refresh token when it was not rotated', async () => {
    const { relay, clock } = await bench({ rotates: false });
    const { refreshToken } = await tokensOf(relay);
    const tokens = refreshed(await relay.refresh(refreshToken, context));
    expect(tokens).not.toHaveProperty('refreshToken');
    clock.advance(keptMs);
    expect(refreshed(await relay.refresh(refreshToken, context)).accessToken).not.toBe(tokens.accessToken);
  });

  it('gives no refresh token when the same one came back', async () => {
    const { upstream, relay } = await bench();
    const same = answering(200, { token: 'a' }, { 'set-cookie': 'refreshToken=same; Path=/' });
    upstream.behave(same, upstreamPaths.refresh);
    expect(await relay.refresh('same', context)).toEqual({ accepted: true, tokens: { accessToken: 'a' } });
    expect(refreshed(await relay.refresh('other', context)).refreshToken).toBe('same');
  });

  it('under way is shared by those with the same token, and by no other', async () => {
    const { upstream, relay } = await bench();
    const slow = {
      kind: 'answer',
      status: 200,
      body: '{"token":"a","refresh_token":"b"}',
      delayMs: 300,
    } as const;
    upstream.behave(slow, upstreamPaths.refresh);
    const results = await Promise.all(['x', 'x', 'y'].map((token) => relay.refresh(token, context)));
    expect(results[0]).toBe(results[1]);
    expect(upstream.requestsTo(upstreamPaths.refresh)).toHaveLength(2);
  });

  it('that failed is shared too, and forgotten', async () => {
    const { upstream, relay } = await bench();
    const { refreshToken } = await tokensOf(relay);
    upstream.behave({ kind: 'reset' }, upstreamPaths.refresh);
    await Promise.all([1, 2].map(() => failureOf(relay.refresh(refreshToken, context))));
    expect(upstream.requestsTo(upstreamPaths.refresh)).toHaveLength(1);
    upstream.behave();
    expect((await relay.refresh(refreshToken, context)).accepted).toBe(true);
  });

  it.each([400, 401, 403, 404, 422, 423])('answered with %d is refused', async (status) => {
    const { upstream, relay, log } = await bench();
    upstream.behave(answering(status, { token: canary }), upstreamPaths.refresh);
    expect(await relay.refresh(canary, context)).toEqual({ accepted: false });
    expect(log().includes('EXTERNAL_AUTH_REFRESH_PATH')).toBe(status !== 401 && status !== 423);
    expect(log()).not.toContain(canary);
  });

  it('answered with success:false is refused', async () => {
    const { upstream, relay } = await bench();
    upstream.behave(answering(200, { success: false, data: { token: 'a' } }), upstreamPaths.refresh);
    expect(await relay.refresh('x', context)).toEqual({ accepted: false });
  });

  it.each<[string, Behaviour]>([
    ['500', answering(500, '')],
    ['a reset', { kind: 'reset' }],
    ['no access token', answering(200, { refresh_token: canary })],
  ])('with %s is an outage, and is sent once', async (_case, behaviour) => {
    const { upstream, relay, log } = await bench();
    upstream.behave(behaviour, upstreamPaths.refresh);
    const failure = await failureOf(relay.refresh(canary, context));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
    expect(upstream.requests).toHaveLength(1);
    expect(`${failure.stack}${log()}`).not.toContain(canary);
  });

  it('that comes too often is told so', async () => {
    const { upstream, relay } = await bench();
    upstream.behave(answering(429, {}, { 'retry-after': '5' }));
    const failure = await failureOf(relay.refresh('x', context));
    expect(failure).toMatchObject({ code: 'TOO_MANY_REQUESTS', options: { retryAfterSeconds: 5 } });
    expect(failure.text.es).toContain('Demasiadas solicitudes');
  });
});

describe('a relayed logout', () => {
  it('ends the session at the service', async () => {
    const { upstream, relay } = await bench();
    const { refreshToken } = await tokensOf(relay);
    await relay.revoke(refreshToken, context);
    expect(upstream.revokedTokens).toEqual([refreshToken]);
    expect(await relay.refresh(refreshToken, context)).toEqual({ accepted: false });
    await relay.revoke(refreshToken, context);
  });

  it.each([200, 204, 401, 403, 404])('answered with %d is done', async (status) => {
    const { upstream, relay } = await bench();
    upstream.behave(answering(status, ''), upstreamPaths.revoke);
    expect(await relay.revoke('x', context)).toBeUndefined();
  });

  it.each<[string, Behaviour]>([
    ['400', answering(400, {})],
    ['500', answering(500, {})],
    ['302', { kind: 'redirect', to: '/' }],
    ['a reset', { kind: 'reset' }],
  ])('answered with %s is not confirmed', async (_case, behaviour) => {
    const { upstream, relay } = await bench();
    upstream.behave(behaviour, upstreamPaths.revoke);
    expect((await failureOf(relay.revoke('x', context))).code).toBe('SERVICE_UNAVAILABLE');
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('a relayed access token', () => {
  it('is the person and their end, without a further call once the keys are known', async () => {
    const { upstream, relay } = await bench();
    const { accessToken, accessExpiresAtSeconds } = await tokensOf(relay);
    const bearer = await relay.identify(accessToken);
    expect(bearer).toMatchObject({
      good: true,
      identity: { subject: 'external:1042', displayName: 'María López', email: 'maria@example.org' },
      expiresAtSeconds: accessExpiresAtSeconds,
    });
    const calls = upstream.requests.length;
    await upstream.stop();
    expect(await relay.identify(accessToken)).toEqual(bearer);
    expect(upstream.requests).toHaveLength(calls);
  });

  it('of a new key is good at once, and one of a forgotten key no longer', async () => {
    const { upstream, relay } = await bench();
    const old = (await tokensOf(relay)).accessToken;
    expect((await relay.identify(old)).good).toBe(true);
    upstream.rotateKeys({ forget: true });
    const fresh = (await tokensOf(relay)).accessToken;
    expect((await relay.identify(fresh)).good).toBe(true);
    expect(await relay.identify(old)).toMatchObject({ good: false, fault: 'invalid' });
  });

  it('is bad when it is for somebody else, ended, without a person, or no JWT', async () => {
    const { upstream, relay } = await bench();
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: 'app', exp: nowSeconds + 600, sub: '1' };
    const sign = (more: object) => upstream.contract.signToken({ ...claims, ...more });
    expect((await relay.identify(sign({}))).good).toBe(true);
    const bad: [string, string][] = [
      [sign({ iss: upstream.url }), 'invalid'],
      [sign({ aud: 'other' }), 'invalid'],
      [sign({ exp: nowSeconds - 1 }), 'expired'],
      [sign({ sub: undefined }), 'invalid'],
      ['opaque', 'invalid'],
      [`${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.AAAA`, 'no_key_id'],
    ];
    for (const [token, fault] of bad) {
      expect(await relay.identify(token)).toMatchObject({ good: false, fault });
    }
  });

  it('cannot be judged while no keys can be read', async () => {
    const { upstream, relay } = await bench();
    const { accessToken } = await tokensOf(relay);
    upstream.behave(answering(404, ''), upstreamPaths.jwks);
    const { relay: other } = await bench({}, { EXTERNAL_AUTH_URL: upstream.url });
    const failure = await failureOf(other.identify(accessToken));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
    expect(failure.message).toContain('EXTERNAL_AUTH_JWKS_PATH');
  });
});

it('the relay and its keys share their connections', async () => {
  const { upstream, relay } = await bench({}, { EXTERNAL_AUTH_MAX_CONNECTIONS: '1' });
  const { accessToken, refreshToken } = await tokensOf(relay);
  await relay.identify(accessToken);
  await relay.refresh(refreshToken, context);
  expect(upstream.connections).toBe(1);
});
