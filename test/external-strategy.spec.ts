import type { AcceptedLogin } from '../src/strategies/external/accepted-login';
import type { Verification } from '../src/strategies/external/keys/token-verifier';
import { UpstreamFailure } from '../src/strategies/external/upstream/upstream-call';
import { describeStrategyContract } from './contracts/strategy.contract';
import { context, externalBench, externalStrategy, failureOf, right } from './support/external-logins';
import { eventually } from './support/ldap-logins';

describeStrategyContract('ExternalStrategy', async () => {
  const { upstream, strategy, log } = await externalBench();
  return {
    strategy,
    right,
    otherCase: 'MARÍA'.normalize('NFD').replace(/\p{M}/gu, ''),
    unknownName: 'nobody',
    breakSource: () => upstream.stop(),
    log,
    stop: () => undefined,
  };
});

describe('a login that the external strategy forwards', () => {
  it('is one POST with the name trimmed and the password as typed', async () => {
    const password = '  "ñ\\😀\u0000 ';
    const users = [{ usuario: 'maria', contrasenia: password, claims: {} }];
    const { upstream, strategy } = await externalBench(
      { EXTERNAL_AUTH_EXTRA_BODY: '{"idSistema":7,"usuario":"eve","contrasenia":"evil"}' },
      { users, idSistema: 7 },
    );
    const verdict = await strategy.authenticate({ username: ' Maria ', password }, context);
    expect(verdict.accepted).toBe(true);
    expect(upstream.requests).toHaveLength(1);
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/api/AuthJWT/Login' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json',
      'x-request-id': 'request-1',
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      usuario: 'Maria',
      contrasenia: password,
      idSistema: 7,
    });
  });

  it.each([
    ['', '/login', '/login'],
    ['/', 'login', '/login'],
    ['/legacy/auth', '/v2/login?app=1', '/legacy/auth/v2/login?app=1'],
    ['/legacy/auth/', 'v2/login', '/legacy/auth/v2/login'],
  ])('goes to base %p and path %p', async (base, path, expected) => {
    const { upstream } = await externalBench({}, { loginPath: expected });
    const { strategy } = externalStrategy({
      EXTERNAL_AUTH_URL: `${upstream.url}${base}`,
      EXTERNAL_AUTH_LOGIN_PATH: path,
    });
    expect(await strategy.authenticate(right, context)).toMatchObject({ accepted: true });
    expect(upstream.requests[0]?.url).toBe(expected);
  });

  it('leaves out a request id that is no header value', async () => {
    const { upstream, strategy } = await externalBench();
    const verdict = await strategy.authenticate(right, { ...context, requestId: 'a\r\nb: c' });
    expect(verdict.accepted).toBe(true);
    expect(upstream.requests[0]?.headers).not.toHaveProperty('x-request-id');
  });

  it('does not leave the gateway without a password or a name that can be one', async () => {
    const { upstream, strategy } = await externalBench();
    const names = [' \t', 'maria\0', 'ma\u0085ria', 'maria\n', '\ud800'].map((username) => ({ username }));
    for (const empty of [...names, { password: '' }]) {
      const verdict = await strategy.authenticate({ ...right, ...empty }, context);
      expect(verdict).toEqual({ accepted: false, reason: 'invalid_credentials' });
    }
    expect(upstream.requests).toHaveLength(0);
  });

  it('reuses the connection, also after a refusal', async () => {
    const { upstream, strategy } = await externalBench({ EXTERNAL_AUTH_MAX_CONNECTIONS: '1' });
    for (const password of [right.password, 'wrong', right.password]) {
      await strategy.authenticate({ ...right, password }, context);
    }
    expect(upstream.requests).toHaveLength(3);
    expect(upstream.connections).toBe(1);
  });

  it('finds the person in the claims of an RS256 or HS256 token that is trusted', async () => {
    for (const algorithm of ['RS256', 'HS256'] as const) {
      const { strategy } = await externalBench({ EXTERNAL_AUTH_CLAIMS: 'trusted' }, { algorithm });
      expect(await strategy.authenticate(right, context)).toEqual({
        accepted: true,
        identity: {
          subject: 'external:1042',
          username: 'maria',
          displayName: 'María López',
          email: 'maria@example.org',
          groups: [],
          roles: ['juez'],
          attributes: {},
          strategy: 'external',
        },
      });
    }
  });

  it('takes the person from where the pointers say', async () => {
    const data = { persona: { 'id/n': 77, login: 'MLOPEZ', nombre: 'M. López' }, perfil: ['a', 'b'] };
    const users = [{ usuario: 'maria', contrasenia: right.password, claims: {}, data }];
    const { strategy } = await externalBench(
      {
        EXTERNAL_AUTH_SUBJECT: '/data/persona/id~1n',
        EXTERNAL_AUTH_USERNAME: '/data/persona/login',
        EXTERNAL_AUTH_DISPLAY_NAME: '/data/persona/nombre',
        EXTERNAL_AUTH_ROLES: '/data/perfil',
      },
      { users },
    );
    expect(await strategy.authenticate(right, context)).toMatchObject({
      identity: { subject: 'external:77', username: 'mlopez', displayName: 'M. López', roles: ['a', 'b'] },
    });
  });

  it('cannot be turned into a person whose id is missing', async () => {
    const { strategy } = await externalBench({ EXTERNAL_AUTH_SUBJECT: '/data/nothing' });
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure.message).toContain('EXTERNAL_AUTH_SUBJECT');
  });
});

describe('the claims of the service’s JWT', () => {
  const verified: Verification = {
    kind: 'verified',
    claims: { sub: '1042', roles: ['juez'] },
    expiresAtSeconds: 0,
  };

  it('count once its keys have verified them', async () => {
    const verify = jest.fn<Promise<Verification>, [string]>(() => Promise.resolve(verified));
    const { upstream, strategy } = await externalBench({}, {}, { tokens: { verify } });
    expect(await strategy.authenticate(right, context)).toMatchObject({
      identity: { subject: 'external:1042', roles: ['juez'], displayName: undefined },
    });
    expect(verify.mock.calls).toEqual([[upstream.issuedTokens[0], { fromService: true }]]);
  });

  it('are neither a login nor a wrong password where they are refused', async () => {
    const refusal: Verification = { kind: 'refused', fault: 'invalid', detail: 'another audience' };
    const { strategy } = await externalBench({}, {}, { tokens: { verify: () => Promise.resolve(refusal) } });
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure.message).toMatch(/another audience.*EXTERNAL_AUTH_JWKS_PATH/);
  });

  it('are an outage where the keys cannot be read', async () => {
    const unreadable = new UpstreamFailure('EXTERNAL_AUTH_JWKS_PATH gives no keys', { retryAfterSeconds: 7 });
    const { strategy } = await externalBench(
      {},
      {},
      { tokens: { verify: () => Promise.reject(unreadable) } },
    );
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure.message).toContain('EXTERNAL_AUTH_JWKS_PATH');
    expect(failure.options.retryAfterSeconds).toBe(7);
  });

  it('do not count where nothing can verify them', async () => {
    const { strategy, log } = await externalBench({}, { algorithm: 'HS256' });
    for (const username of ['maria', ' MARIA']) {
      expect(await strategy.authenticate({ ...right, username }, context)).toMatchObject({
        identity: { subject: 'external:maria', roles: [] },
      });
    }
    expect(log().split('EXTERNAL_AUTH_CLAIMS=trusted')).toHaveLength(2);
  });
});

describe('whoever listens to accepted logins', () => {
  it('hears of them with the name that was typed, and of no other', async () => {
    const heard: AcceptedLogin[] = [];
    const { strategy } = await externalBench({}, {}, { onAccepted: (login) => void heard.push(login) });
    await strategy.authenticate({ ...right, password: 'wrong' }, context);
    const verdict = await strategy.authenticate({ ...right, username: ' Maria ' }, context);
    expect(heard).toEqual([]);
    await eventually(() => heard.length > 0);
    const identity = verdict.accepted ? verdict.identity : undefined;
    expect(heard).toEqual([{ identity, username: 'Maria' }]);
  });

  it.each([
    [
      'throws',
      (): unknown => {
        throw new Error('no comparison');
      },
    ],
    ['rejects', (): unknown => Promise.reject(new Error('no comparison'))],
  ])('fails no login when it %s', async (_case, onAccepted) => {
    const { strategy, log } = await externalBench({}, {}, { onAccepted });
    expect(await strategy.authenticate(right, context)).toMatchObject({ accepted: true });
    await eventually(() => log().includes('no comparison'));
  });
});

it('closes no connections that it was given', async () => {
  const call = jest.fn(() => Promise.reject(new UpstreamFailure('not today')));
  const { strategy } = externalStrategy({}, { caller: { call } });
  await strategy.close();
  const failure = await failureOf(strategy.authenticate(right, context));
  expect(failure.message).toContain('not today');
});
