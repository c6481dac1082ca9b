import { createHmac } from 'node:crypto';
import type { RelayedLogin } from '../src/strategies/token-relay';
import type { Behaviour } from './servers/upstream';
import { upstreamPaths } from './servers/upstream-contract';
import { eventually } from './support/ldap-logins';
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

afterEach(closeRelays);

function identityIn(login: RelayedLogin): unknown {
  if (!login.accepted) throw new Error('The login was refused');
  return login.identity;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A JWT signed with a key that only the service has. */
function sharedKeyToken(claims: object): string {
  const input = `${part({ alg: 'HS256', kid: 'k' })}.${part(claims)}`;
  return `${input}.${createHmac('sha256', 'shared').update(input).digest('base64url')}`;
}

describe('a relayed login whose token cannot be verified', () => {
  const hanging: Behaviour = { kind: 'never' };

  it('names nobody and keeps its tokens, where the keys cannot be read', async () => {
    const { upstream, relay, log, announced } = await bench();
    upstream.behave(answering(500, ''), upstreamPaths.jwks);
    const login = await relay.login(right, context);
    const [accessToken, refreshToken] = upstream.issuedTokens;
    expect(login).toMatchObject({ accepted: true, tokens: { accessToken, refreshToken } });
    expect(identityIn(login)).toBeUndefined();
    expect(log()).toContain('names nobody');
    for (const token of upstream.issuedTokens) expect(log()).not.toContain(token);
    upstream.behave();
    // The next reading after the failed one.
    const { relay: fresh, announced: told } = await bench({}, { EXTERNAL_AUTH_URL: upstream.url });
    expect(identityIn(await fresh.login(right, context))).toMatchObject({ subject: 'external:1042' });
    await eventually(() => told.length === 1);
    expect(announced).toEqual([]);
  });

  it('names nobody where the token is refused', async () => {
    const { upstream, relay } = await bench();
    const { accessToken } = await tokensOf(relay);
    const forged = `${accessToken.slice(0, accessToken.lastIndexOf('.'))}.AAAA`;
    upstream.behave(answering(200, { data: { access_token: forged } }), upstreamPaths.login);
    const login = await relay.login(right, context);
    expect(login).toMatchObject({ accepted: true, tokens: { accessToken: forged } });
    expect(identityIn(login)).toBeUndefined();
  });

  it('is no login after a rotation, although a forged `kid` has just used up the search', async () => {
    const { upstream, relay } = await bench();
    const { accessToken } = await tokensOf(relay);
    expect((await relay.identify(accessToken)).good).toBe(true);
    const forged = `${part({ alg: 'RS256', kid: 'forged' })}.${part({ sub: 'x' })}.AAAA`;
    expect((await relay.identify(forged)).good).toBe(false);
    upstream.rotateKeys();
    expect(identityIn(await relay.login(right, context))).toMatchObject({ subject: 'external:1042' });
  });

  it.each([
    ['opaque', 'opaque'],
    ['of a shared key', sharedKeyToken({ iss: issuer, sub: '1042' })],
  ])(
    'but is %s, as it is at every login, is described by the answer as in sign mode',
    async (_case, token) => {
      const { upstream, relay } = await bench();
      upstream.behave(answering(200, { data: { token, correo: 'm@example.org' } }), upstreamPaths.login);
      expect(identityIn(await relay.login(right, context))).toMatchObject({
        subject: 'external:maria',
        email: 'm@example.org',
      });
    },
  );

  it('waits for hanging keys for a second and not for their time limit', async () => {
    const slow = { EXTERNAL_AUTH_TIMEOUT_MS: '60000', EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '60000' };
    const { upstream, relay, log } = await bench({}, slow);
    upstream.behave(hanging, upstreamPaths.jwks);
    const before = performance.now();
    const login = await relay.login(right, context);
    const tookMs = performance.now() - before;
    expect(identityIn(login)).toBeUndefined();
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(20_000);
    expect(log()).toContain('within 1000 ms');
  }, 30_000);

  it('does not make a refresh wait either, which then names nobody', async () => {
    const slow = { EXTERNAL_AUTH_TIMEOUT_MS: '60000', EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '60000' };
    const { upstream, relay } = await bench({}, slow);
    upstream.behave(hanging, upstreamPaths.jwks);
    const { refreshToken } = await tokensOf(relay);
    const before = performance.now();
    const result = await relay.refresh(refreshToken, context);
    expect(performance.now() - before).toBeLessThan(20_000);
    expect(refreshed(result).refreshToken).toBe(upstream.issuedTokens.at(-1));
    expect(result).not.toHaveProperty('identity');
  }, 45_000);
});

describe('a relayed refresh', () => {
  it('names the person of the new token', async () => {
    const { relay } = await bench();
    const { refreshToken } = await tokensOf(relay);
    const result = await relay.refresh(refreshToken, context);
    expect(result).toMatchObject({ accepted: true, identity: { subject: 'external:1042', roles: ['juez'] } });
  });

  it('is not lost where its token is refused', async () => {
    const { upstream, relay } = await bench();
    const { refreshToken } = await tokensOf(relay);
    const ended = upstream.contract.signToken({ iss: issuer, aud: 'app', exp: 1, sub: '1' });
    upstream.behave(answering(200, { token: ended }), upstreamPaths.refresh);
    const result = await relay.refresh(refreshToken, context);
    expect(result).toEqual({ accepted: true, tokens: { accessToken: ended, accessExpiresAtSeconds: 1 } });
  });

  it('just answered is given to late tabs too, for 5 s', async () => {
    const { upstream, relay, clock } = await bench();
    const { refreshToken } = await tokensOf(relay);
    const first = await relay.refresh(refreshToken, context);
    clock.advance(keptMs - 1);
    expect(await relay.refresh(refreshToken, context)).toBe(first);
    expect(upstream.requestsTo(upstreamPaths.refresh)).toHaveLength(1);
    clock.advance(1);
    expect(await relay.refresh(refreshToken, context)).toEqual({ accepted: false });
    expect(await relay.refresh(refreshToken, context)).toEqual({ accepted: false });
    expect(upstream.requestsTo(upstreamPaths.refresh)).toHaveLength(3);
  });

  it.each([
    [{ token: 'a' }, true],
    [{ estado: 'OK', token: 'a' }, true],
    [{ estado: 'NO', token: 'a' }, false],
  ])('answered with %j where EXTERNAL_AUTH_SUCCESS is set is accepted: %p', async (body, accepted) => {
    const env = { EXTERNAL_AUTH_SUCCESS: '/estado', EXTERNAL_AUTH_SUCCESS_VALUE: '"OK"' };
    const { upstream, relay } = await bench({}, env);
    upstream.behave(answering(200, body), upstreamPaths.refresh);
    expect((await relay.refresh('x', context)).accepted).toBe(accepted);
  });

  it.each([{}, { estado: null, token: 'a' }, { estado: 7, token: 'a' }, [{ token: 'a' }]])(
    'answered with %j where EXTERNAL_AUTH_SUCCESS is set is an outage',
    async (body) => {
      const env = { EXTERNAL_AUTH_SUCCESS: '/estado', EXTERNAL_AUTH_SUCCESS_VALUE: '"OK"' };
      const { upstream, relay } = await bench({}, env);
      upstream.behave(answering(200, body), upstreamPaths.refresh);
      expect((await failureOf(relay.refresh('x', context))).code).toBe('SERVICE_UNAVAILABLE');
    },
  );

  it('leaves the condition of a login as strict as it was', async () => {
    const { upstream, relay } = await bench({}, { EXTERNAL_AUTH_SUCCESS: '/estado' });
    upstream.behave(answering(200, { token: 'a' }), upstreamPaths.login);
    expect((await failureOf(relay.login(right, context))).message).toContain('EXTERNAL_AUTH_SUCCESS');
  });
});

describe('a relayed logout', () => {
  it.each<[string, Behaviour]>([
    ['no', answering(200, { success: false })],
    ['no under another type', answering(200, { success: false }, { 'content-type': 'text/plain' })],
    ['neither yes nor no', answering(200, { success: 'false' })],
  ])('whose answer says %s is not confirmed', async (_case, behaviour) => {
    const { upstream, relay } = await bench();
    upstream.behave(behaviour, upstreamPaths.revoke);
    const failure = await failureOf(relay.revoke('x', context));
    expect(failure.code).toBe('SERVICE_UNAVAILABLE');
  });

  it.each(['', 'OK', '{}', '[]', 'null', '{"success":true}', '{"data":'])(
    'answered with 200 and %p is done',
    async (body) => {
      const { upstream, relay } = await bench();
      upstream.behave(answering(200, body), upstreamPaths.revoke);
      expect(await relay.revoke('x', context)).toBeUndefined();
    },
  );

  it('goes by the condition that an operator has set', async () => {
    const { upstream, relay } = await bench({}, { EXTERNAL_AUTH_SUCCESS: '/estado' });
    upstream.behave(answering(200, { estado: false, success: true }), upstreamPaths.revoke);
    await failureOf(relay.revoke('x', context));
    upstream.behave(answering(200, { success: false }), upstreamPaths.revoke);
    expect(await relay.revoke('x', context)).toBeUndefined();
  });

  it('with a token that was just refreshed ends the successors too, and no tab gets them any more', async () => {
    const { upstream, relay } = await bench();
    const { refreshToken: first } = await tokensOf(relay);
    const second = refreshed(await relay.refresh(first, context)).refreshToken ?? '';
    const third = refreshed(await relay.refresh(second, context)).refreshToken ?? '';
    await relay.revoke(first, context);
    expect(upstream.revokedTokens).toEqual([third]);
    for (const token of [first, second, third]) {
      expect(await relay.refresh(token, context)).toEqual({ accepted: false });
    }
  });

  it('with a successor leaves no outcome for a late tab with the old token', async () => {
    const { relay } = await bench();
    const { refreshToken: first } = await tokensOf(relay);
    const second = refreshed(await relay.refresh(first, context)).refreshToken ?? '';
    await relay.revoke(second, context);
    expect(await relay.refresh(first, context)).toEqual({ accepted: false });
  });

  it('with a token whose refresh is running waits for it and ends the successor', async () => {
    const { upstream, relay } = await bench();
    const slow = { kind: 'answer', status: 200, delayMs: 300 } as const;
    upstream.behave({ ...slow, body: '{"token":"a","refresh_token":"next"}' }, upstreamPaths.refresh);
    upstream.behave(answering(200, ''), upstreamPaths.revoke);
    const refreshing = relay.refresh('old', context);
    await eventually(() => upstream.requestsTo(upstreamPaths.refresh).length === 1);
    await relay.revoke('old', context);
    expect((await refreshing).accepted).toBe(true);
    const cookies = upstream.requestsTo(upstreamPaths.revoke).map(({ headers }) => headers.cookie);
    expect(cookies).toEqual(['refreshToken=old', 'refreshToken=next']);
  });

  it('is not confirmed where one of the tokens was not ended, and tries them all', async () => {
    const { upstream, relay } = await bench();
    upstream.behave(answering(200, { token: 'a', refresh_token: 'next' }), upstreamPaths.refresh);
    upstream.behave(answering(500, ''), upstreamPaths.revoke);
    await relay.refresh('old', context);
    await failureOf(relay.revoke('old', context));
    expect(upstream.requestsTo(upstreamPaths.revoke)).toHaveLength(2);
  });
});
