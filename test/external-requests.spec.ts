import { createHmac } from 'node:crypto';
import type { Identity } from '../src/strategies/identity';
import { context, externalBench, externalStrategy, failureOf, right } from './support/external-logins';

const hmacSecret = 'canary-hmac-secret';
const maria: Identity = {
  subject: 'external:1042',
  username: 'maria',
  displayName: 'María López',
  groups: [],
  roles: ['juez'],
  attributes: {},
  strategy: 'external',
};

/** What a service does that knows the secret (RFC 2104). */
function verifies(
  header: unknown,
  { method, url, body }: { method: string; url: string; body: string },
): boolean {
  const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(header)) ?? [];
  const signed = `${seconds}.${method}.${url}.${body}`;
  return mac === createHmac('sha256', hmacSecret).update(signed).digest('hex');
}

describe('a signed call', () => {
  it('is signed as it arrives: target with base path and query, and body', async () => {
    const target = '/legacy/auth/v2/login?app=1&n=a%20b';
    const { upstream } = await externalBench({}, { loginPath: target });
    const { strategy, clock } = externalStrategy({
      EXTERNAL_AUTH_URL: `${upstream.url}/legacy/auth/`,
      EXTERNAL_AUTH_LOGIN_PATH: '/v2/login?app=1&n=a%20b',
      EXTERNAL_AUTH_PROFILE_PATH: '/people/{username}?id={subject}',
      EXTERNAL_AUTH_HMAC_SECRET: hmacSecret,
      EXTERNAL_AUTH_HMAC_HEADER: 'X-Gate-Sig',
      EXTERNAL_AUTH_BEARER_TOKEN: 'canary-bearer',
      EXTERNAL_AUTH_ADDRESS_HEADER: 'X-Forwarded-For',
    });
    expect(await strategy.authenticate(right, context)).toMatchObject({ accepted: true });
    upstream.behave({ kind: 'answer', status: 200, body: '{}' });
    await strategy.reread?.({ ...maria, subject: 'external:../x?y#z', username: 'maría' });
    expect(upstream.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${target}`,
      'GET /legacy/auth/people/mar%C3%ADa?id=..%2Fx%3Fy%23z',
    ]);
    for (const request of upstream.requests) {
      const signature = request.headers['x-gate-sig'];
      expect(signature).toContain(`t=${clock.nowSeconds()},`);
      expect(verifies(signature, request)).toBe(true);
      expect(verifies(signature, { ...request, body: `${request.body} ` })).toBe(false);
      expect(request.headers.authorization).toBe('Bearer canary-bearer');
    }
    expect(upstream.requests[0]?.headers['x-forwarded-for']).toBe(context.address);
  });

  it('leaves no trace of its secrets in the log or in a failure', async () => {
    const { upstream, strategy, log } = await externalBench({
      EXTERNAL_AUTH_HMAC_SECRET: hmacSecret,
      EXTERNAL_AUTH_BEARER_TOKEN: 'canary-bearer',
    });
    upstream.behave({ kind: 'reset' });
    const failure = await failureOf(strategy.authenticate(right, context));
    const [sent] = upstream.requests;
    const mac = String(sent?.headers['x-signature']).split('v1=')[1] ?? 'no signature';
    for (const text of [log(), failure.stack, JSON.stringify(failure)]) {
      for (const secret of [hmacSecret, 'canary-bearer', mac]) expect(text).not.toContain(secret);
    }
  });
});

describe('a form', () => {
  it('arrives as one', async () => {
    const { upstream, strategy } = await externalBench({
      EXTERNAL_AUTH_BODY_FORMAT: 'form',
      EXTERNAL_AUTH_EXTRA_BODY: '{"usuario":"eve","idSistema":7}',
    });
    upstream.behave({ kind: 'answer', status: 200, body: '{"token":"opaque"}' });
    const password = '&contrasenia=x+%00\0ñ';
    await strategy.authenticate({ username: ' Maria ', password }, context);
    const [request] = upstream.requests;
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(request?.headers['content-length']).toBe(String(Buffer.byteLength(request?.body ?? '')));
    expect([...new URLSearchParams(request?.body)].sort()).toEqual([
      ['contrasenia', password],
      ['idSistema', '7'],
      ['usuario', 'Maria'],
    ]);
  });
});

describe('reading somebody again', () => {
  const env = { EXTERNAL_AUTH_PROFILE_PATH: '/api/users/{subject}' };

  it('is no power of a service without a profile', () => {
    const { strategy } = externalStrategy({ EXTERNAL_AUTH_URL: 'http://127.0.0.1:9' });
    expect(strategy.reread).toBeUndefined();
  });

  it('gives the person as they are now', async () => {
    const { upstream, strategy } = await externalBench({ ...env, EXTERNAL_AUTH_ROLES: '/roles' });
    upstream.behave({ kind: 'answer', status: 200, body: '{"roles":["clerk"]}' });
    expect(await strategy.reread?.(maria)).toEqual({ ...maria, roles: ['clerk'] });
    expect(upstream.requests).toMatchObject([{ method: 'GET', url: '/api/users/1042', body: '' }]);
  });

  it.each([404, 410])('finds nobody after %d, and says so to the operator', async (status) => {
    const { upstream, strategy, log } = await externalBench(env);
    upstream.behave({ kind: 'answer', status, body: '{}' });
    expect(await strategy.reread?.(maria)).toBeUndefined();
    expect(log()).toContain('EXTERNAL_AUTH_PROFILE_PATH');
  });

  it.each([401, 403, 429, 500])('is an outage after %d', async (status) => {
    const { upstream, strategy } = await externalBench(env);
    upstream.behave({ kind: 'answer', status, body: '{}', headers: { 'retry-after': '9' } });
    const failure = await failureOf(strategy.reread?.(maria) ?? Promise.resolve());
    expect(failure.message).toMatch(new RegExp(`EXTERNAL_AUTH_PROFILE_PATH.*${status}`));
    expect(failure.options.retryAfterSeconds).toBe(9);
  });

  it('is an outage when the connection breaks', async () => {
    const { upstream, strategy } = await externalBench(env);
    upstream.behave({ kind: 'reset' });
    await failureOf(strategy.reread?.(maria) ?? Promise.resolve());
  });

  it('asks nothing for an id that is none of this service’s, or that no path can hold', async () => {
    const { upstream, strategy } = await externalBench(env);
    expect(await strategy.reread?.({ ...maria, subject: 'ldap:1042' })).toBeUndefined();
    await failureOf(strategy.reread?.({ ...maria, subject: 'external:..' }) ?? Promise.resolve());
    expect(upstream.requests).toHaveLength(0);
  });
});
