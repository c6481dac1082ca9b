import { FaultProxy } from './servers/fault-proxy';
import { RawServer } from './servers/raw-server';
import { type Behaviour, startUpstream, type Upstream } from './servers/upstream';
import { eventually } from './support/ldap-logins';
import {
  closeAll,
  closeLater,
  failureOf,
  login,
  revoke,
  slackMs,
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

async function proxyTo({ port }: Upstream): Promise<FaultProxy> {
  const proxy = await FaultProxy.to(port);
  closeLater(() => proxy.close());
  return proxy;
}

describe('a connection that is kept', () => {
  it('is not used once the service has closed it', async () => {
    const upstreamService = await service();
    const proxy = await proxyTo(upstreamService);
    const { upstream } = transport({ EXTERNAL_AUTH_URL: `http://127.0.0.1:${proxy.port}` });
    for (const count of [1, 2, 3, 4, 5]) {
      expect(await upstream.call(login)).toMatchObject({ status: 401 });
      expect(upstreamService.requests).toHaveLength(count);
      proxy.endAll();
    }
    expect(proxy.connections).toBe(5);
  });

  it('and breaks just as a login is written ends that login, which is not sent again', async () => {
    const upstreamService = await service();
    const proxy = await proxyTo(upstreamService);
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: `http://127.0.0.1:${proxy.port},${upstreamService.url}`,
    });
    await upstream.call(login);
    proxy.mode = 'reset';
    expect((await failureOf(upstream.call(login))).message).toContain('the connection broke');
    expect(upstreamService.requests).toHaveLength(1);
  });

  it.each(['', 'keep-alive: timeout=60\r\n'])(
    'is closed after EXTERNAL_AUTH_KEEP_ALIVE_MS (%j)',
    async (hint) => {
      const raw = await RawServer.start((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\n${hint}content-length: 2\r\n\r\n{}`),
      );
      closeLater(() => raw.stop());
      const env = { EXTERNAL_AUTH_URL: `http://127.0.0.1:${raw.port}`, EXTERNAL_AUTH_KEEP_ALIVE_MS: '300' };
      const { upstream } = transport(env);
      await upstream.call(login);
      expect(raw.openSockets).toBe(1);
      await eventually(() => raw.openSockets === 0);
    },
  );

  it('is one of EXTERNAL_AUTH_MAX_CONNECTIONS at most', async () => {
    const upstreamService = await service({ kind: 'answer', status: 200, body: '{}', delayMs: 5 });
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: upstreamService.url,
      EXTERNAL_AUTH_MAX_CONNECTIONS: '3',
    });
    await Promise.all(Array.from({ length: 30 }, () => upstream.call(login)));
    expect(upstreamService.requests).toHaveLength(30);
    expect(upstreamService.connections).toBe(3);
  });
});

describe('calls that are no login', () => {
  it('have a quarter of the places, and take none from the logins', async () => {
    const upstreamService = await service();
    upstreamService.behave({ kind: 'never' }, revoke.path);
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: upstreamService.url,
      EXTERNAL_AUTH_MAX_CONNECTIONS: '8',
      EXTERNAL_AUTH_MAX_QUEUE: '16',
      EXTERNAL_AUTH_TIMEOUT_MS: '2000',
    });
    const flood = Array.from({ length: 40 }, () => failureOf(upstream.call(revoke)));
    await eventually(() => upstreamService.requests.length === 2);
    const answers = await Promise.all(Array.from({ length: 24 }, () => upstream.call(login)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 401));
    const messages = (await Promise.all(flood)).map(({ message }) => message);
    expect(messages.filter((message) => message.includes('EXTERNAL_AUTH_MAX_QUEUE'))).toHaveLength(34);
    expect(upstreamService.requestsTo(revoke.path)).toHaveLength(2);
  });

  it.each(['1', '3'])('have one place at least where all have %s', async (places) => {
    const { url } = await service();
    const env = { EXTERNAL_AUTH_MAX_CONNECTIONS: places, EXTERNAL_AUTH_MAX_QUEUE: '0' };
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url, ...env });
    expect(await upstream.call(revoke)).toHaveProperty('status');
  });
});

describe('closing', () => {
  it('lets a running call end, takes no other, and leaves no connection', async () => {
    const upstreamService = await service({ kind: 'answer', status: 200, body: '{}', delayMs: 300 });
    const proxy = await proxyTo(upstreamService);
    const { upstream } = transport({ EXTERNAL_AUTH_URL: `http://127.0.0.1:${proxy.port}` });
    const running = upstream.call(login);
    await eventually(() => upstreamService.requests.length === 1);
    const closing = upstream.close();
    expect((await failureOf(upstream.call(login))).message).toContain('shutting down');
    expect(await running).toMatchObject({ status: 200 });
    await closing;
    await eventually(() => proxy.openSockets === 0);
  });

  it('ends a call that hangs by its own deadline', async () => {
    const { url } = await service({ kind: 'never' });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url, EXTERNAL_AUTH_TIMEOUT_MS: '300' });
    const hanging = failureOf(upstream.call(login));
    const { ms } = await timed(upstream.close());
    expect(ms).toBeLessThan(300 + slackMs);
    expect((await hanging).setting).toBe('EXTERNAL_AUTH_TIMEOUT_MS');
  });
});
