import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { HostLookup, type NameSources } from '../src/strategies/outbound/host-lookup';
import { freePort } from './servers/process';
import { RawServer } from './servers/raw-server';
import { type Behaviour, startUpstream, type Upstream } from './servers/upstream';
import { eventually } from './support/ldap-logins';
import {
  closeAll,
  closeLater,
  failureOf,
  keys,
  login,
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

async function rawServer(...[onData]: Parameters<typeof RawServer.start>): Promise<RawServer> {
  const server = await RawServer.start(onData);
  closeLater(() => server.stop());
  return server;
}

/** Each part is a packet of its own, as far as a socket can promise that. */
async function sendInParts(socket: Socket, parts: readonly string[]): Promise<void> {
  socket.setNoDelay(true);
  for (const part of parts) {
    await new Promise((resolve) => socket.write(part, resolve));
    await setImmediate();
  }
}

const refusedUrl = async () => `http://127.0.0.1:${await freePort()}`;
const answer = (body: string | Buffer, headers?: Record<string, string>): Behaviour => ({
  kind: 'answer',
  status: 200,
  body,
  headers,
});

describe('an address that cannot be reached', () => {
  it('is told at once when nobody listens there', async () => {
    const url = await refusedUrl();
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toContain(`${url}: nothing listens there (ECONNREFUSED)`);
    expect(result.setting).toBe('EXTERNAL_AUTH_URL');
    expect(ms).toBeLessThan(1900);
  });

  it('is told when its name does not exist', async () => {
    const { upstream } = transport({ EXTERNAL_AUTH_URL: 'http://auth.invalid:8080' });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toContain('http://auth.invalid:8080');
    expect(result.message).toMatch(/host name is unknown|name server did not answer/);
    expect(result.setting).toMatch(/EXTERNAL_AUTH_(URL|CONNECT_TIMEOUT_MS)/);
    expect(ms).toBeLessThan(2000 + slackMs);
  });

  const named = (dns: NameSources['dns']) =>
    new HostLookup({ hostsFile: () => Promise.resolve(''), dns, system: (host) => dns(host, 0) });

  it('is told at once when the name server does not know its name', async () => {
    const unknown = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    const { upstream } = transport({ EXTERNAL_AUTH_URL: 'http://auth.test' }, { hosts: named(unknown) });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toMatch(
      /^http:\/\/auth\.test: its host name is unknown \(ENOTFOUND\); see EXTERNAL_AUTH_URL$/,
    );
    expect(result.setting).toBe('EXTERNAL_AUTH_URL');
    expect(ms).toBeLessThan(1900);
  });

  it('is given up within the limit when the name server is silent', async () => {
    const silent = () => new Promise<never>(() => undefined);
    const env = { EXTERNAL_AUTH_URL: 'http://auth.test', EXTERNAL_AUTH_CONNECT_TIMEOUT_MS: '200' };
    const { upstream } = transport(env, { hosts: named(silent) });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toContain('did not answer within 200 ms (EXTERNAL_AUTH_CONNECT_TIMEOUT_MS)');
    expect(result.setting).toBe('EXTERNAL_AUTH_CONNECT_TIMEOUT_MS');
    expect(ms).toBeLessThan(200 + slackMs);
  });

  it('is given up within the limit when it says nothing to a TLS greeting', async () => {
    const silent = await rawServer(() => undefined);
    const env = {
      EXTERNAL_AUTH_URL: `https://127.0.0.1:${silent.port}`,
      EXTERNAL_AUTH_CONNECT_TIMEOUT_MS: '200',
    };
    const { upstream } = transport(env);
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toContain('the TLS handshake was not done within 200 ms');
    expect(result.setting).toBe('EXTERNAL_AUTH_CONNECT_TIMEOUT_MS');
    expect(ms).toBeLessThan(200 + slackMs);
    await eventually(() => silent.openSockets === 0);
  });
});

describe('a service that answers badly', () => {
  const limits = { EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '250', EXTERNAL_AUTH_BODY_TIMEOUT_MS: '350' };
  const token = 'CANARY-token';

  it.each<[string, Behaviour, string, string | undefined]>([
    ['says nothing', { kind: 'never' }, 'no answer within 250 ms', 'EXTERNAL_AUTH_HEADERS_TIMEOUT_MS'],
    [
      'thinks too long',
      { kind: 'answer', status: 200, delayMs: 60_000 },
      'no answer within 250 ms',
      'EXTERNAL_AUTH_HEADERS_TIMEOUT_MS',
    ],
    [
      'sends its body in drops',
      { kind: 'drip', everyMs: 20 },
      'no whole answer within 350 ms',
      'EXTERNAL_AUTH_BODY_TIMEOUT_MS',
    ],
    [
      'stops amid its body',
      { kind: 'half-body', status: 200, body: `{"t":"${token}` },
      'no whole answer within 350 ms',
      'EXTERNAL_AUTH_BODY_TIMEOUT_MS',
    ],
    [
      'hangs up amid its body',
      { kind: 'half-body', status: 200, body: `{"t":"${token}`, close: true },
      'the connection broke',
      undefined,
    ],
    ['resets the connection', { kind: 'reset' }, 'the connection broke', undefined],
    ['speaks no HTTP', { kind: 'raw', bytes: `220 ${token} ESMTP\r\n` }, 'not HTTP', 'EXTERNAL_AUTH_URL'],
    [
      'sends headers that are too long',
      { kind: 'raw', bytes: `HTTP/1.1 200 OK\r\nX: ${token}${'x'.repeat(17_000)}\r\n\r\n` },
      'headers of the answer are too long',
      undefined,
    ],
  ])('and %s fails in time, asked once', async (_what, behaviour, words, setting) => {
    const { url, requests } = await service(behaviour);
    const { upstream, log } = transport({ EXTERNAL_AUTH_URL: url, ...limits });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toContain(`${url}: `);
    expect(result.message).toContain(words);
    expect(result.setting).toBe(setting);
    expect(ms).toBeLessThan(350 + slackMs);
    expect(requests).toHaveLength(1);
    expect(log.join('')).not.toContain('CANARY');
  });

  it('has the status of a refusal, though its body never ends', async () => {
    const { url } = await service({ kind: 'half-body', status: 401, body: token });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url, ...limits });
    const { result, ms } = await timed(upstream.call(login));
    expect(result).toEqual({ status: 401, setCookies: [] });
    expect(ms).toBeLessThan(350 + slackMs);
  });

  it('cannot make the whole call longer than its deadline', async () => {
    const { url } = await service({ kind: 'drip', everyMs: 20 });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url, EXTERNAL_AUTH_TIMEOUT_MS: '300' });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.setting).toBe('EXTERNAL_AUTH_TIMEOUT_MS');
    expect(ms).toBeGreaterThan(280);
    expect(ms).toBeLessThan(300 + slackMs);
  });
});

describe('the body of an answer', () => {
  it.each([200, 500])('of status %i is read no further than 64 KiB', async (status) => {
    const endless = await rawServer((socket) => {
      socket.write(`HTTP/1.1 ${status} X\r\ntransfer-encoding: chunked\r\n\r\n`);
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const more = () => {
        while (!socket.destroyed && socket.write(chunk));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: `http://127.0.0.1:${endless.port}` });
    const result = await upstream.call(login);
    expect(result).toEqual({ status, setCookies: [] });
    await eventually(() => endless.openSockets === 0);
  });

  it.each([
    ['65536 bytes', answer('x'.repeat(65_536)), 65_536],
    ['65537 bytes', answer('x'.repeat(65_537)), undefined],
    ['10 MB', answer('x'.repeat(10_000_000)), undefined],
  ])('of %s is kept only up to 64 KiB', async (_size, behaviour, bytes) => {
    const { url } = await service(behaviour);
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url });
    expect((await upstream.call(login)).body?.length).toBe(bytes);
  });

  it('is never decompressed, so that a small one cannot become a big one', async () => {
    const zipped = gzipSync(Buffer.alloc(20_000_000));
    const { url } = await service(answer(zipped, { 'content-encoding': 'gzip' }));
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url });
    const { body } = await upstream.call(login);
    expect(body).toEqual(zipped);
  });

  it('ends where Content-Length says, and what follows is not taken for the next answer', async () => {
    const evil = '{"success":true}';
    const lying = await rawServer((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n${evil}`,
      );
    });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: `http://127.0.0.1:${lying.port}` });
    for (let count = 0; count < 3; count++) expect((await upstream.call(login)).body?.toString()).toBe('{}');
    expect(lying.connections).toBe(3);
  });

  it('that a refusal has is read away, so that the connection is used again', async () => {
    const upstreamService = await service({ kind: 'answer', status: 401, body: 'x'.repeat(30_000) });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: upstreamService.url });
    for (let count = 0; count < 3; count++)
      expect(await upstream.call(login)).toEqual(expect.objectContaining({ status: 401 }));
    expect(upstreamService.connections).toBe(1);
  });
});

describe('the head of an answer', () => {
  it('is given as far as it matters', async () => {
    const head =
      'content-type: application/json\r\nretry-after: 7\r\nset-cookie: a=1\r\nset-cookie: b=2; Path=/\r\n';
    const raw = await rawServer((socket) => {
      socket.write(
        `HTTP/1.1 103 Early Hints\r\nset-cookie: no=1\r\n\r\nHTTP/1.1 200 OK\r\n${head}content-length: 2\r\n\r\n{}`,
      );
    });
    const { upstream } = transport({ EXTERNAL_AUTH_URL: `http://127.0.0.1:${raw.port}` });
    expect(await upstream.call(login)).toEqual({
      status: 200,
      contentType: 'application/json',
      retryAfter: '7',
      setCookies: ['a=1', 'b=2; Path=/'],
      body: Buffer.from('{}'),
    });
  });

  const early = 'HTTP/1.1 100 Continue\r\n\r\n';
  const real = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

  it.each<[string, readonly string[]]>([
    ['alone', [early, real]],
    ['together with the answer', [early + real]],
    ['twice, with headers', [`HTTP/1.1 100\r\nserver: x\r\n\r\n${early}HTTP/1.1 103 X\r\n\r\n${real}`]],
    ['byte by byte', [...early, ...real]],
    ['cut in the middle', [early.slice(0, -2), `\r\n${real.slice(0, 10)}`, real.slice(10)]],
  ])('may come after a 100 Continue that nobody asked for, %s', async (_how, parts) => {
    const raw = await rawServer((socket) => void sendInParts(socket, parts));
    const { upstream, log } = transport({ EXTERNAL_AUTH_URL: `http://127.0.0.1:${raw.port}` });
    for (let count = 0; count < 3; count++) {
      expect(await upstream.call(login)).toEqual({ status: 200, setCookies: [], body: Buffer.from('{}') });
    }
    expect([raw.connections, log]).toEqual([1, []]);
  });

  it.each<[string, string, string]>([
    ['never follows', early, 'no answer within 300 ms'],
    ['has no end', `HTTP/1.1 100 X\r\nx: ${'x'.repeat(17_000)}`, 'too long'],
  ])('that 100 Continue announces and that %s fails in time', async (_what, bytes, words) => {
    const raw = await rawServer((socket) => socket.write(bytes));
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: `http://127.0.0.1:${raw.port}`,
      EXTERNAL_AUTH_HEADERS_TIMEOUT_MS: '300',
    });
    expect((await failureOf(upstream.call(login))).message).toContain(words);
  });

  it.each([301, 302, 303, 307, 308])(
    'may redirect (%i) to another host, which sees nothing',
    async (status) => {
      const other = await service();
      const { url, requests } = await service({ kind: 'answer', status, headers: { location: other.url } });
      const { upstream } = transport({ EXTERNAL_AUTH_URL: url });
      for (const call of [login, keys]) expect(await upstream.call(call)).toMatchObject({ status });
      expect(requests).toHaveLength(2);
      expect(other.connections).toBe(0);
    },
  );
});
