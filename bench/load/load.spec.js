const { createServer } = require('node:http');
const net = require('node:net');
const { answerIn, bytesOf } = require('./answer');
const { closedLoop, openLoop } = require('./rounds');

describe('an answer', () => {
  const head = 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n';

  it('is whole when as many bytes are there as its head names', () => {
    const text = `${head}Content-Length: 5\r\n\r\nhello`;
    expect(answerIn(text.slice(0, -1))).toBeUndefined();
    const answer = answerIn(text);
    expect(answer).toMatchObject({ status: 200, body: 'hello' });
    expect(answer.headers('set-cookie')).toEqual(['a=1', 'b=2']);
    expect(answer.header('etag')).toBeUndefined();
  });

  it('is whole after its last chunk', () => {
    const text = `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`;
    for (let length = 0; length < text.length; length++)
      expect(answerIn(text.slice(0, length))).toBeUndefined();
    expect(answerIn(text).body).toBe('abc0123456789');
  });

  it('ends with the connection where it says nothing of its length', () => {
    expect(answerIn(`${head}\r\nthe rest`)).toBeUndefined();
    expect(answerIn(`${head}\r\nthe rest`, true).body).toBe('the rest');
    expect(answerIn('HTTP/1.1 204 No Content\r\n\r\n').status).toBe(204);
  });
});

it('writes a request once, with its length', () => {
  const request = { method: 'POST', path: '/x', headers: { a: '1' }, body: 'abc' };
  const bytes = bytesOf(request);
  expect(bytes).toBe(
    'POST /x HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\na: 1\r\ncontent-length: 3\r\n\r\nabc',
  );
  request.path = '/y';
  expect(bytesOf(request)).toBe(bytes);
});

/** Clients that count what they are answered. */
function countingClients(count) {
  const request = { method: 'GET', path: '/' };
  return Array.from({ length: count }, () => ({
    answered: 0,
    next: () => request,
    take(answer) {
      if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
      this.answered++;
    },
  }));
}

async function withServer(serve, use) {
  const server = createServer(serve);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(server.address().port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const ms = 100;

it('asks in turns for all clients of a connection, and counts what was answered', async () => {
  const clients = countingClients(5);
  const result = await withServer(
    (_request, reply) => reply.end('yes'),
    (port) => closedLoop({ clients, port, connections: 2, ms }),
  );
  expect(result.failures).toBe(0);
  expect(result.count).toBe(clients.reduce((sum, { answered }) => sum + answered, 0));
  expect(clients.filter(({ answered }) => answered === 0)).toEqual([]);
});

it('counts wrong answers as failures and not as work, and says what the first was', async () => {
  const clients = countingClients(1);
  const result = await withServer(
    (_request, reply) => reply.writeHead(503).end('busy'),
    (port) => closedLoop({ clients, port, connections: 1, ms }),
  );
  expect(result).toMatchObject({ count: 0, firstFailure: 'answered 503: busy' });
  expect(result.failures).toBeGreaterThan(0);
});

it('goes on over a new connection where the server closes after each answer', async () => {
  const clients = countingClients(1);
  const result = await withServer(
    (_request, reply) => reply.writeHead(200, { connection: 'close' }).end('yes'),
    (port) => closedLoop({ clients, port, connections: 1, ms }),
  );
  expect(result.failures).toBe(0);
  expect(result.count).toBeGreaterThan(1);
});

it('counts an answer that breaks off as a failure', async () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const result = await closedLoop({ clients: countingClients(1), port, connections: 1, ms: 50 });
  server.close();
  expect(result).toMatchObject({ count: 0, firstFailure: expect.stringContaining('broke off') });
});

it('counts a latency in an open loop from when the request was due, though it had to wait for a connection', async () => {
  // One after the other: the tenth request waits for nine answers before it is sent.
  const eachMs = 30;
  const result = await withServer(
    (_request, reply) => setTimeout(() => reply.end('yes'), eachMs),
    (port) => openLoop({ clients: countingClients(1), port, connections: 1, perSecond: 1000, ms: 10 }),
  );
  expect(result).toMatchObject({ offered: 10, count: 10, failures: 0, isOverloaded: false });
  // What the client alone sees of one answer is a tenth of it.
  expect(result.mostMs).toBeGreaterThan(8 * eachMs);
});

it('offers no more than the schedule has, and all of it', async () => {
  const result = await withServer(
    (_request, reply) => reply.end('yes'),
    (port) => openLoop({ clients: countingClients(4), port, connections: 4, perSecond: 200, ms: 200 }),
  );
  expect(result).toMatchObject({ offered: 40, count: 40, failures: 0 });
});
