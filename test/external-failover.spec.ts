import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from './servers/fault-proxy';
import { freePort } from './servers/process';
import { type Behaviour, startUpstream, type Upstream } from './servers/upstream';
import { eventually } from './support/ldap-logins';
import {
  closeAll,
  closeLater,
  failureOf,
  keys,
  login,
  revoke,
  timed,
  transport,
} from './support/upstream-bench';

afterEach(closeAll);

async function service(behaviour?: Behaviour): Promise<Upstream> {
  const service = await startUpstream();
  closeLater(() => service.stop());
  service.behave(behaviour);
  return service;
}

const good: Behaviour = { kind: 'answer', status: 200, body: '{}' };
const refusedUrl = async () => `http://127.0.0.1:${await freePort()}`;
const inOrder = (...addresses: readonly (Upstream | string)[]) => ({
  EXTERNAL_AUTH_URL: addresses.map((at) => (typeof at === 'string' ? at : at.url)).join(','),
});

describe('several addresses', () => {
  it('are asked in order: the second only when nothing was sent to the first', async () => {
    const first = await service(good);
    const second = await service(good);
    const { upstream } = transport(inOrder(first, second));
    await upstream.call(login);
    expect([first.requests.length, second.connections]).toEqual([1, 0]);
    await first.stop();
    expect(await upstream.call(login)).toMatchObject({ status: 200 });
    expect(second.requests).toHaveLength(1);
    await first.start();
    await upstream.call(login);
    expect(first.requests).toHaveLength(2);
  });

  it.each<[string, () => Promise<string>]>([
    ['refuses connections', refusedUrl],
    ['has no such name', () => Promise.resolve('http://auth.invalid')],
    ['speaks no TLS', async () => (await service(good)).url.replace('http:', 'https:')],
  ])('reach the second when the first %s', async (_what, makeFirst) => {
    const second = await service(good);
    const { upstream } = transport(inOrder(await makeFirst(), second));
    expect(await upstream.call(login)).toMatchObject({ status: 200 });
    expect(second.requests).toHaveLength(1);
  });

  it('are called with their own paths', async () => {
    const second = await service(good);
    const targets: string[] = [];
    const { upstream } = transport(inOrder(`${await refusedUrl()}/one`, `${second.url}/two/`));
    const headers = (target: string) => {
      targets.push(target);
      return {};
    };
    await upstream.call({ ...login, headers });
    expect(targets).toEqual(['/two/api/AuthJWT/Login']);
    expect(second.requests[0]?.url).toBe('/two/api/AuthJWT/Login');
  });

  it.each<[string, Behaviour]>([
    ['resets the connection after the request', { kind: 'reset' }],
    ['says nothing', { kind: 'never' }],
    ['hangs up amid the answer', { kind: 'half-body', status: 200, body: '{', close: true }],
    ['speaks no HTTP', { kind: 'raw', bytes: '220 ready\r\n' }],
  ])('never get a login twice when the first %s, but what may be repeated', async (_what, behaviour) => {
    const first = await service(behaviour);
    const second = await service(good);
    const { upstream } = transport({ ...inOrder(first, second), EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '200' });
    await failureOf(upstream.call(login));
    expect([first.requests.length, second.connections]).toEqual([1, 0]);
    expect(await upstream.call(keys)).toMatchObject({ status: 200 });
    expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
  });

  it('never get a login twice that was answered with nothing but a reset', async () => {
    const first = await service(good);
    const second = await service(good);
    const proxy = await FaultProxy.to(first.port);
    closeLater(() => proxy.close());
    proxy.mode = 'reset-answer';
    const { upstream } = transport(inOrder(`http://127.0.0.1:${proxy.port}`, second));
    await failureOf(upstream.call(login));
    expect([first.requests.length, second.connections]).toEqual([1, 0]);
  });

  it('get a login once at most when the first hangs up on every connection', async () => {
    const first = await service(good);
    const second = await service(good);
    const proxy = await FaultProxy.to(first.port);
    closeLater(() => proxy.close());
    proxy.mode = 'close';
    const { upstream } = transport(inOrder(`http://127.0.0.1:${proxy.port}`, second));
    // Whether we notice before we write is for the network to decide.
    const outcome = await upstream.call(login).catch(() => undefined);
    expect(second.requests).toHaveLength(outcome === undefined ? 0 : 1);
    expect([first.requests.length, proxy.connections]).toEqual([0, 1]);
    expect(await upstream.call(keys)).toMatchObject({ status: 200 });
  });

  it('leave the answer of the first as it is, whatever its status', async () => {
    const second = await service(good);
    for (const status of [401, 429, 500, 503]) {
      const first = await service({ kind: 'answer', status });
      const { upstream } = transport(inOrder(first, second));
      expect(await upstream.call(login)).toMatchObject({ status });
    }
    expect(second.connections).toBe(0);
  });

  it.each([502, 503, 504])('are all asked what may be repeated while they answer %i', async (status) => {
    const down: Behaviour = { kind: 'answer', status, headers: { 'retry-after': '1' } };
    const first = await service(down);
    const second = await service(good);
    const { upstream } = transport(inOrder(first, second));
    expect(await upstream.call(keys)).toMatchObject({ status: 200 });
    second.behave({ ...down, headers: { 'retry-after': '2' } });
    expect(await upstream.call(keys)).toMatchObject({ status, retryAfter: '2' });
    await second.stop();
    expect(await upstream.call(keys)).toMatchObject({ status, retryAfter: '1' });
    expect(first.requests).toHaveLength(3);
  });

  it('that all fail are all named', async () => {
    const [one, two] = [await refusedUrl(), await refusedUrl()];
    const failure = await failureOf(transport(inOrder(one, two)).upstream.call(login));
    expect(failure.message).toContain(one);
    expect(failure.message).toContain(two);
    expect(failure.setting).toBe('EXTERNAL_AUTH_URL');
  });

  it('share the deadline of the call', async () => {
    const hanging = await service({ kind: 'never' });
    const second = await service(good);
    const { upstream } = transport({ ...inOrder(hanging, second), EXTERNAL_AUTH_TIMEOUT_MS: '200' });
    expect((await failureOf(upstream.call(keys))).setting).toBe('EXTERNAL_AUTH_TIMEOUT_MS');
    expect(second.connections).toBe(0);
  });
});

const breaker = { EXTERNAL_AUTH_BREAKER_FAILURES: '3', EXTERNAL_AUTH_BREAKER_OPEN_MS: '60000' };

describe('an address with outages in a row', () => {
  it.each<[string, Behaviour]>([
    ['resets', { kind: 'reset' }],
    ['silence', { kind: 'never' }],
    ['no HTTP', { kind: 'raw', bytes: 'CANARY\r\n' }],
    ['status 502', { kind: 'answer', status: 502 }],
    ['status 503', { kind: 'answer', status: 503 }],
    ['status 504', { kind: 'answer', status: 504 }],
  ])('is left alone after %s, at once and with the time to come back', async (_what, behaviour) => {
    const down = await service(behaviour);
    const { upstream, log } = transport({
      ...inOrder(down),
      ...breaker,
      EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '100',
    });
    for (let count = 0; count < 3; count++) await upstream.call(login).catch(() => undefined);
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toContain(`${down.url}: left alone`);
    expect(result.retryAfterSeconds).toBe(60);
    expect(ms).toBeLessThan(1000);
    expect(down.requests).toHaveLength(3);
    expect(log).toHaveLength(1);
    expect(JSON.parse(log.join(''))).toMatchObject({
      level: 40,
      strategy: 'external',
      address: down.url,
      operation: 'login',
    });
    expect(log.join('')).not.toContain('CANARY');
  });

  it.each([200, 400, 401, 404, 429, 500])('is asked on when status %i comes between', async (status) => {
    const upstreamService = await service();
    const { upstream, log } = transport({ ...inOrder(upstreamService), ...breaker });
    const kinds: Behaviour[] = [{ kind: 'reset' }, { kind: 'reset' }, { kind: 'answer', status }];
    for (const behaviour of [...kinds, ...kinds, ...kinds]) {
      upstreamService.behave(behaviour);
      await upstream.call(login).catch(() => undefined);
    }
    expect(upstreamService.requests).toHaveLength(9);
    expect(log).toEqual([]);
  });

  it('is not blamed for requests that are odd', async () => {
    const upstreamService = await service(good);
    const { upstream } = transport({ ...inOrder(upstreamService), ...breaker });
    const odd = { ...login, headers: () => ({ 'x-odd': 'a\r\nb: CANARY' }) };
    for (let count = 0; count < 5; count++) await failureOf(upstream.call(odd));
    expect(await upstream.call(login)).toMatchObject({ status: 200 });
  });

  it('is not blamed for calls that got their turn late', async () => {
    const slow = await service({ ...good, delayMs: 2000 });
    const env = { EXTERNAL_AUTH_TIMEOUT_MS: '3000', EXTERNAL_AUTH_MAX_CONNECTIONS: '5' };
    const { upstream, log } = transport({ ...inOrder(slow), ...breaker, ...env });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => upstream.call(login)));
    // Five were answered, five had a second left and were cut short, two had no turn at all.
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(log).toEqual([]);
    slow.behave(good);
    expect(await upstream.call(login)).toMatchObject({ status: 200 });
  });

  it('leaves its turn to the next address', async () => {
    const down = await refusedUrl();
    const second = await service(good);
    const { upstream, log } = transport({ ...inOrder(down, second), ...breaker });
    for (let count = 0; count < 5; count++) expect(await upstream.call(login)).toMatchObject({ status: 200 });
    expect(second.requests).toHaveLength(5);
    expect(log).toHaveLength(1);
  });
});

describe('a path that does not work', () => {
  it.each([
    ['keys', keys],
    ['logout', revoke],
  ])('(%s) takes the login from nobody', async (_what, broken) => {
    const sick = await service();
    sick.behave({ kind: 'answer', status: 503 }, broken.path);
    const { upstream, log } = transport({ ...inOrder(sick), ...breaker });
    for (let count = 0; count < 5; count++) await upstream.call(broken).catch(() => undefined);
    expect((await failureOf(upstream.call(broken))).message).toContain(`for every ${broken.operation}`);
    expect(sick.requests).toHaveLength(3);
    expect(await upstream.call(login)).toMatchObject({ status: 401 });
    expect(log.map((line): unknown => JSON.parse(line))).toMatchObject([{ operation: broken.operation }]);
  });
});

describe('an address that was left alone', () => {
  const openMs = 1000;
  const env = { ...breaker, EXTERNAL_AUTH_BREAKER_OPEN_MS: String(openMs) };

  /** Its time to be left alone has just passed. */
  async function halfOpen({ hasSecond = false } = {}) {
    const first = await service({ kind: 'reset' });
    const second = await service(good);
    const made = transport({ ...inOrder(first, ...(hasSecond ? [second] : [])), ...env });
    for (let count = 0; count < 3; count++) await failureOf(made.upstream.call(login));
    // The time is what is tested.
    await sleep(openMs + 20);
    return { ...made, first, second };
  }

  it('is tried by one call of many, and works again for all', async () => {
    const { upstream, first, log } = await halfOpen();
    first.behave({ ...good, delayMs: 800 });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => upstream.call(login)));
    const failures = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(failures).toHaveLength(19);
    for (const failure of failures) expect(failure).toMatchObject({ retryAfterSeconds: 1 });
    expect(first.requests).toHaveLength(4);
    first.behave(good);
    await Promise.all(Array.from({ length: 20 }, () => upstream.call(login)));
    expect(first.requests).toHaveLength(24);
    expect(log.map((line) => /"level":(\d+)/.exec(line)?.[1])).toEqual(['40', '30']);
  });

  it('lets the others go to the next address meanwhile', async () => {
    const { upstream, first, second } = await halfOpen({ hasSecond: true });
    first.behave({ ...good, delayMs: 800 });
    await Promise.all(Array.from({ length: 20 }, () => upstream.call(login)));
    expect([first.requests.length, second.requests.length]).toEqual([4, 19]);
  });

  it('is left alone again after a trial that failed, without another warning', async () => {
    const { upstream, first, log } = await halfOpen();
    await failureOf(upstream.call(login));
    expect((await failureOf(upstream.call(login))).retryAfterSeconds).toBe(1);
    expect(first.requests).toHaveLength(4);
    expect(log).toHaveLength(1);
    first.behave(good);
    await eventually(() =>
      upstream.call(login).then(
        () => true,
        () => false,
      ),
    );
    expect(first.requests).toHaveLength(5);
  });
});
