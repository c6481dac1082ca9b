import type { Socket } from 'node:net';
import { eventually } from './support/ldap-logins';
import { type RunningGateway, startGateway } from './support/gateway';
import { connectTo, rawRequest, talk } from './support/raw-http';

let gateway: RunningGateway;
const sockets: Socket[] = [];

afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  await gateway.stop();
});

/** A connection that stays open; false where the gateway closes it instead. */
async function opens(): Promise<boolean> {
  const socket = connectTo(gateway.url);
  sockets.push(socket);
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => resolve(false));
    socket.once('data', () => resolve(true));
    socket.once('connect', () => socket.write(rawRequest('GET /health/live')));
  });
}

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    gateway.app.getHttpServer().getConnections((error: Error | null, count: number) => {
      if (error) reject(error);
      else resolve(count);
    }),
  );
}

async function open(count: number): Promise<boolean[]> {
  const opened: boolean[] = [];
  while (opened.length < count) opened.push(await opens());
  return opened;
}

describe('connections', () => {
  it('of one address are bounded, and a closed one makes room', async () => {
    gateway = await startGateway({ CONNECTIONS_MAX_PER_ADDRESS: '3' });
    expect(await open(5)).toEqual([true, true, true, false, false]);
    sockets[0]?.destroy();
    await eventually(async () => (await connections()) === 2);
    expect(await open(2)).toEqual([true, false]);
  });

  it('of a trusted proxy count only among all', async () => {
    gateway = await startGateway({
      CONNECTIONS_MAX_PER_ADDRESS: '3',
      CONNECTIONS_MAX: '16',
      TRUSTED_PROXIES: '10.0.0.1,127.0.0.0/8',
    });
    expect(await open(17)).toEqual([...Array.from({ length: 16 }, () => true), false]);
  });
});

describe('a client that is slow', () => {
  beforeEach(async () => (gateway = await startGateway({ REQUEST_TIMEOUT_MS: '1000' })));

  /** Sends the beginning at once and then a byte at a time, until the gateway has had enough. */
  function drip(
    beginning: string,
    byte: string,
  ): Promise<{ readonly heard: string; readonly afterMs: number }> {
    return new Promise((resolve) => {
      const startedMs = performance.now();
      const socket = connectTo(gateway.url);
      sockets.push(socket);
      let heard = '';
      const timer = setInterval(() => socket.write(byte), 100);
      socket.on('connect', () => socket.write(beginning));
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(timer);
        resolve({ heard, afterMs: performance.now() - startedMs });
      });
    });
  }

  it.each([
    ['with its headers', 'GET /health/live HTTP/1.1\r\nX-A: '],
    [
      'with its body',
      rawRequest('POST /api/auth/login', ['Content-Type: application/json', 'Content-Length: 5000']),
    ],
    [
      'with its chunks',
      rawRequest('POST /api/auth/login', ['Content-Type: text/plain', 'Transfer-Encoding: chunked']) +
        '1388\r\n',
    ],
  ])('%s is cut off with 408', async (_case, beginning) => {
    const { heard, afterMs } = await drip(beginning, 'x');
    expect(heard).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"REQUEST_TIMEOUT"/);
    expect(afterMs).toBeLessThan(15_000);
  });

  it('with the rest of a body whose request has its answer hears no second one', async () => {
    const beginning = rawRequest('GET /health/live', ['Content-Length: 5000']);
    const { heard } = await drip(beginning, 'x');
    expect(heard.match(/HTTP\/1\.1 /g)).toEqual(['HTTP/1.1 ']);
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('with reading its answers loses the connection', async () => {
    const socket = connectTo(gateway.url);
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.pause();
    // More than the buffers of both ends hold.
    socket.write(rawRequest('GET /openapi.json').repeat(95));
    await eventually(async () => (await connections()) === 1);
    await eventually(async () => (await connections()) === 0, 20_000);
    const { answers } = await talk(gateway.url, rawRequest('GET /health/live'), { answers: 1 });
    expect(answers[0]?.status).toBe(200);
  });
});
