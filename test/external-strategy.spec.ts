import { createLogger } from '../src/common/logger';
import { loadSettings } from '../src/config/load-settings';
import { type Credentials, StrategyUnavailable, type Verdict } from '../src/strategies/credential-strategy';
import { ExternalStrategy } from '../src/strategies/external/external.strategy';
import { describeStrategyContract } from './contracts/strategy.contract';
import { startUpstream, type Behaviour, type Upstream, type UpstreamOptions } from './servers/upstream';
import { FakeClock } from './support/fake-clock';

const right: Credentials = { username: 'maria', password: 'contraseña de maría' };
const context = { requestId: 'request-1', address: '192.0.2.1' };

interface Bench {
  readonly upstream: Upstream;
  readonly strategy: ExternalStrategy;
  readonly log: () => string;
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function makeStrategy(env: Record<string, string>): Omit<Bench, 'upstream'> {
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const { settings } = loadSettings({ EXTERNAL_AUTH_TIMEOUT_MS: '5000', ...env });
  const strategy = new ExternalStrategy({ name: 'external', settings, logger, clock: new FakeClock() });
  return { strategy, log: () => lines.join('') };
}

async function bench(env: Record<string, string> = {}, options: UpstreamOptions = {}): Promise<Bench> {
  const upstream = await startUpstream(options);
  const made = makeStrategy({ EXTERNAL_AUTH_URL: upstream.url, ...env });
  open.push(
    () => upstream.stop(),
    () => made.strategy.close(),
  );
  return { upstream, ...made };
}

async function failureOf(attempt: Promise<Verdict>): Promise<StrategyUnavailable> {
  const outcome = await attempt.then(
    (verdict) => verdict,
    (error: unknown) => error,
  );
  if (outcome instanceof StrategyUnavailable) return outcome;
  throw new Error(`expected an outage, got ${JSON.stringify(outcome)}`);
}

describeStrategyContract('ExternalStrategy', async () => {
  const { upstream, strategy, log } = await bench();
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
    const { upstream, strategy } = await bench(
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
    const upstream = await startUpstream({ loginPath: expected });
    const { strategy } = makeStrategy({
      EXTERNAL_AUTH_URL: `${upstream.url}${base}`,
      EXTERNAL_AUTH_LOGIN_PATH: path,
    });
    open.push(
      () => upstream.stop(),
      () => strategy.close(),
    );
    expect(await strategy.authenticate(right, context)).toMatchObject({ accepted: true });
    expect(upstream.requests[0]?.url).toBe(expected);
  });

  it('leaves out a request id that is no header value', async () => {
    const { upstream, strategy } = await bench();
    const verdict = await strategy.authenticate(right, { ...context, requestId: 'a\r\nb: c' });
    expect(verdict.accepted).toBe(true);
    expect(upstream.requests[0]?.headers).not.toHaveProperty('x-request-id');
  });

  it('does not leave the gateway without a name or a password', async () => {
    const { upstream, strategy } = await bench();
    for (const empty of [{ username: ' \t' }, { password: '' }]) {
      const verdict = await strategy.authenticate({ ...right, ...empty }, context);
      expect(verdict).toEqual({ accepted: false, reason: 'invalid_credentials' });
    }
    expect(upstream.requests).toHaveLength(0);
  });

  it('reuses the connection, also after a refusal', async () => {
    const { upstream, strategy } = await bench({ EXTERNAL_AUTH_MAX_CONNECTIONS: '1' });
    for (const password of [right.password, 'wrong', right.password]) {
      await strategy.authenticate({ ...right, password }, context);
    }
    expect(upstream.requests).toHaveLength(3);
    expect(upstream.connections).toBe(1);
  });

  it('finds the person in the claims of an RS256 or HS256 token', async () => {
    for (const algorithm of ['RS256', 'HS256'] as const) {
      const { strategy } = await bench({}, { algorithm });
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
    const { strategy } = await bench(
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
    const { strategy } = await bench({ EXTERNAL_AUTH_SUBJECT: '/data/nothing' });
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure.message).toContain('EXTERNAL_AUTH_SUBJECT');
  });
});

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
    const { upstream, strategy } = await bench();
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
    ['something else than HTTP', { kind: 'raw', bytes: `220 ${canary} ESMTP\r\n` }, 'not HTTP'],
  ])('%s is an outage', async (_case, behaviour, words) => {
    const { upstream, strategy, log } = await bench();
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
    ['30', 30],
    ['999999', 3600],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120],
    ['tomorrow', undefined],
  ])('429 with Retry-After %p is an outage that says when to come back', async (header, expected) => {
    const { upstream, strategy } = await bench();
    upstream.behave(answering(429, {}, { 'retry-after': header }));
    const failure = await failureOf(strategy.authenticate(right, context));
    expect(failure.options.retryAfterSeconds).toBe(expected);
  });

  it('404 is shown to the operator, who may have mistyped the path', async () => {
    const { strategy, log } = await bench({ EXTERNAL_AUTH_LOGIN_PATH: '/wrong' });
    await strategy.authenticate(right, context);
    expect(log()).toContain('EXTERNAL_AUTH_LOGIN_PATH');
  });

  it('leaves no password and no token in the log', async () => {
    const { upstream, strategy, log } = await bench();
    await strategy.authenticate(right, context);
    await strategy.authenticate({ ...right, password: 'canary-wrong' }, context);
    expect(upstream.issuedTokens).toHaveLength(2);
    for (const secret of [...upstream.issuedTokens, right.password, 'canary-wrong']) {
      expect(log()).not.toContain(secret);
    }
  });
});
