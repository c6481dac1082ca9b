import { connectTo, rawRequest, talk } from './support/raw-http';
import { Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  gateway = await startGateway({
    RATE_LIMIT_AUTH_MAX: '100000',
    RATE_LIMIT_MAX: '100000',
    COMPAT: 'django,ping-directory,genauth',
  });
  client = new Client(gateway.url);
});
afterAll(() => gateway.stop());
afterEach(() => expect(gateway.logs()).not.toContain('INTERNAL_ERROR'));

const json = 'Content-Type: application/json';
const live = 'GET /health/live';

/** The status and code of the one answer to a request after which the connection may be used again or not. */
async function answerTo(bytes: string | Buffer): Promise<string> {
  const { answers } = await talk(gateway.url, bytes, { answers: 1 });
  const [, code] = /"code":"(\w+)"/.exec(answers[0]?.body ?? '') ?? [];
  return [answers[0]?.status, code].filter((part) => part !== undefined).join(' ');
}

function login(body: string, type = 'application/json'): Promise<string> {
  return answerTo(rawRequest('POST /api/auth/login', [`Content-Type: ${type}`], body));
}

describe('a body', () => {
  it('is as long as BODY_LIMIT_BYTES at most, whatever says how long it is', async () => {
    const chunk = 'x'.repeat(1000);
    const chunks = `3e8\r\n${chunk}\r\n`.repeat(17);
    const head = ['POST /api/auth/login HTTP/1.1', 'Host: x', json, 'Transfer-Encoding: chunked', '', ''];
    expect(await answerTo(`${head.join('\r\n')}${chunks}0\r\n\r\n`)).toBe('413 PAYLOAD_TOO_LARGE');
    expect(await answerTo(rawRequest('POST /api/auth/login', [json, 'Content-Length: 20000']))).toBe(
      '413 PAYLOAD_TOO_LARGE',
    );
  });

  it('is refused where no body is read, before any of it', async () => {
    for (const path of ['/health/live', '/api/auth/verify', '/nowhere']) {
      const told = await talk(gateway.url, rawRequest(`GET ${path}`, ['Content-Length: 9999999']));
      expect(told.answers.map(({ status }) => status)).toEqual([413]);
      const chunked = await talk(gateway.url, rawRequest(`GET ${path}`, ['Transfer-Encoding: chunked']));
      expect(chunked.answers.map(({ status }) => status)).toEqual([400]);
    }
  });

  it.each([
    ['16 KiB of lists in lists', '['.repeat(8000) + ']'.repeat(8000)],
    ['lists that never end', '['.repeat(16_000)],
    ['objects in a field', `{"usuario":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)},"contrasenia":"x"}`],
    ['very many members', `[${'1,'.repeat(5000)}1]`],
    ['very many objects', `{"usuario":[${'{},'.repeat(2500)}{}],"contrasenia":"x"}`],
  ])('of %s is 400 and cheap', async (_case, body) => {
    await login(body);
    const startedMs = performance.now();
    for (let n = 0; n < 20; n++) expect(await login(body)).toMatch(/^400 (VALIDATION_ERROR|INVALID_JSON)$/);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('may hold brackets and commas in its texts', async () => {
    const body = JSON.stringify({ usuario: 'x"[{,'.repeat(50), contrasenia: `\\"${'[{,'.repeat(300)}` });
    expect(await login(body)).toBe('401 UNAUTHORIZED');
  });

  it('has at most 100 parameters as a form', async () => {
    const form = async (count: number) => {
      const body = Array.from({ length: count }, (_, n) => `p${n}=1`).join('&');
      const type = 'Content-Type: application/x-www-form-urlencoded';
      const { answers } = await talk(gateway.url, rawRequest('POST /oidc/token', [type], body), {
        answers: 1,
      });
      return answers[0]?.body;
    };
    expect(await form(101)).toContain('too many members');
    expect(await form(100)).not.toContain('too many members');
  });

  it('is not decoded: a coded one is refused', async () => {
    const request = rawRequest('POST /api/auth/login', [json, 'Content-Encoding: gzip'], '{}');
    expect(await answerTo(request)).toBe('415 UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('names that mean something to JavaScript', () => {
  const poison = '"__proto__":{"polluted":1,"roles":["admin"]},"constructor":{"prototype":{"polluted":1}}';
  const unharmed = () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect({}).not.toHaveProperty('polluted');
    expect([]).not.toHaveProperty('roles');
  };

  it.each([
    ['at the top', `{${poison},"usuario":"demo","contrasenia":"x"}`],
    ['in depth', `{"usuario":"demo","contrasenia":"x","scope":{"a":[{${poison}}]}}`],
    ['escaped', '{"usuario":"demo","contrasenia":"x","\\u005f_proto__":{"polluted":1}}'],
    ['in place of the fields', '{"__proto__":{"usuario":"demo","contrasenia":"x"}}'],
  ])('harm nothing in JSON %s', async (_case, body) => {
    expect(await login(body)).toMatch(/^40[01] /);
    for (const path of [
      '/api/login-ldap/',
      '/directory/v1/authenticate',
      '/api/v3/signin',
      '/api/auth/password',
    ])
      expect(await answerTo(rawRequest(`POST ${path}`, [json], body))).toMatch(/^(4|200)/);
    unharmed();
  });

  it('harm nothing in forms and queries', async () => {
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      '__proto__[roles]',
      'constructor.prototype.roles',
    ];
    const text = names.map((name) => `${name}=admin`).join('&');
    const form = ['Content-Type: application/x-www-form-urlencoded'];
    await answerTo(rawRequest('POST /oidc/token', form, text));
    await answerTo(rawRequest(`GET /api/auth/verify?${text}`));
    unharmed();
  });

  it('give no role', async () => {
    const body = `{"usuario":"demo","contrasenia":"${gateway.demoPassword}",${poison}}`;
    const answer = await client.request('/api/auth/login', { method: 'POST', body });
    expect(answer.status).toBe(200);
    const token = textOf(answer.data, 'access_token');
    const verified = await client.request('/api/auth/verify?role=admin&__proto__=x', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(verified.status).toBe(403);
    expect(cookieOf(answer)).toContain('refreshToken=');
    unharmed();
  });
});

describe('headers', () => {
  const many = (count: number, size = 1) =>
    Array.from({ length: count }, (_, n) => `X-${n}: ${'x'.repeat(size)}`);

  it('are at most 16 KiB and 100, and none is dropped on the way', async () => {
    expect(await answerTo(rawRequest(live, many(20, 1000)))).toBe('431 HEADERS_TOO_LARGE');
    expect(await answerTo(rawRequest(live, many(101)))).toBe('431 HEADERS_TOO_LARGE');
    expect(await answerTo(rawRequest(live, many(99)))).toBe('200');
    // More than Node's own limit of 2000, past which it would have left the last one out.
    const bearer = rawRequest('GET /api/auth/me', [
      ...Array.from({ length: 2100 }, () => 'a:'),
      'Authorization: Bearer x',
    ]);
    expect(await answerTo(bearer)).toBe('431 HEADERS_TOO_LARGE');
  });

  it('hold at most 200 cookies', async () => {
    const cookies = (count: number) =>
      answerTo(
        rawRequest('POST /api/auth/refresh', [
          `Cookie: ${Array.from({ length: count }, () => 'a=b').join('; ')}`,
        ]),
      );
    expect(await cookies(201)).toBe('431 HEADERS_TOO_LARGE');
    expect(await cookies(200)).toBe('401 NO_REFRESH_COOKIE');
  });

  it.each(['Host: other', 'Authorization: Bearer b', 'Content-Type: text/plain'])(
    'that must be one come once (%s)',
    async (header) => {
      const twice = ['Authorization: Bearer a', json, header];
      expect(await answerTo(rawRequest(live, twice))).toBe('400 VALIDATION_ERROR');
    },
  );
});

describe('the target', () => {
  it.each([
    ['/health/live?'.padEnd(8193, 'x'), '414 URI_TOO_LONG'],
    ['/health/live?'.padEnd(8192, 'x'), '200'],
    [`/api/auth/verify?${'role=a&'.repeat(100)}`, '400 VALIDATION_ERROR'],
    [`/api/auth/verify?${'role=a&'.repeat(99)}`, '401 UNAUTHORIZED'],
    ['/api/auth/verify?role=%zz&%ff=%c0%af', '401 UNAUTHORIZED'],
    ['/%zz', '400 VALIDATION_ERROR'],
    ['/%c0%af', '400 VALIDATION_ERROR'],
    ['/%ed%a0%80', '400 VALIDATION_ERROR'],
    ['/health/live%00', '404 NOT_FOUND'],
    ['//health/live', '404 NOT_FOUND'],
    ['/health/../health/live', '404 NOT_FOUND'],
    ['/x/%2e%2e/health/live', '404 NOT_FOUND'],
    ['/x/..%2fhealth/live', '404 NOT_FOUND'],
    ['/health\\live', '404 NOT_FOUND'],
    ['/health/live;x=1', '404 NOT_FOUND'],
    ['http://elsewhere.example/health/live', '200'],
    ['http://elsewhere.example', '404 NOT_FOUND'],
    ['ftp://elsewhere.example/health/live', '404 NOT_FOUND'],
    ['*', '404 NOT_FOUND'],
  ])('%.60s is %s', async (target, expected) => {
    expect(await answerTo(rawRequest(`GET ${target}`))).toBe(expected);
  });

  it('of raw bytes that are no ASCII is 400', async () => {
    expect(await answerTo(Buffer.from('GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1'))).toBe(
      '400 VALIDATION_ERROR',
    );
  });
});

describe('framing that two parsers could read in two ways', () => {
  const smuggled = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
  const post = (headers: string, body = '') =>
    `POST /api/auth/login HTTP/1.1\r\nHost: x\r\n${json}\r\n${headers}\r\n\r\n${body}`;

  it.each([
    [
      'Transfer-Encoding and Content-Length',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    ],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3', '{}x')],
    ['two equal lengths', post('Content-Length: 2\r\nContent-Length: 2', '{}')],
    ['a list of lengths', post('Content-Length: 2, 2', '{}')],
    ['a length with a sign', post('Content-Length: +2', '{}')],
    ['a negative length', post('Content-Length: -2', '{}')],
    ['a length in hex', post('Content-Length: 0x2', '{}')],
    ['a length that overflows', post('Content-Length: 99999999999999999999999', '{}')],
    ['an unknown coding', post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
    ['two codings', post('Transfer-Encoding: gzip, chunked', '2\r\n{}\r\n0\r\n\r\n')],
    ['chunked that is not the last', post('Transfer-Encoding: chunked, identity', '0\r\n\r\n')],
    ['identity', post('Transfer-Encoding: identity', '')],
    ['a space before the colon', post('Transfer-Encoding : chunked', '0\r\n\r\n')],
    ['a space before the colon of the length', post('Content-Length : 2', '{}')],
    ['a folded header', post('X-A: b\r\n Content-Length: 2', '{}')],
    ['a bare line feed', 'GET /health/live HTTP/1.1\nHost: x\n\n'],
    ['a bare line feed between headers', 'GET /health/live HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n'],
    ['a bare carriage return', 'GET /health/live HTTP/1.1\r\nHost: x\rX-A: b\r\n\r\n'],
    ['a NUL in a header', 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n'],
    ['a huge chunk size', post('Transfer-Encoding: chunked', 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n')],
    [
      'chunks in HTTP/1.0',
      post('Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
    ],
    ['HTTP/0.9', 'GET /health/live\r\n\r\n'],
    ['HTTP/1.2', 'GET /health/live HTTP/1.2\r\nHost: x\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['an unknown method', 'FOO /health/live HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a method in lower case', 'get /health/live HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('(%s) ends the connection with one refusal, and nothing behind it is answered', async (_case, bytes) => {
    const { answers, rest, ended } = await talk(gateway.url, bytes + smuggled);
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect([rest, ended]).toEqual(['', true]);
  });

  it('(a chunk extension without end) is cut off', async () => {
    const chunk = `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`;
    const { answers, ended } = await talk(gateway.url, post('Transfer-Encoding: chunked', chunk));
    expect([answers.map(({ status }) => status), ended]).toEqual([[413], true]);
  });

  it('leaves what is sound alone: HTTP/1.0, Expect, Upgrade, trailers, a body after GET', async () => {
    expect((await talk(gateway.url, 'GET /health/live HTTP/1.0\r\n\r\n')).answers[0]?.status).toBe(200);
    expect(await answerTo(post('Content-Length: 2\r\nExpect: 100-continue', '{}'))).toBe(
      '400 VALIDATION_ERROR',
    );
    expect(await answerTo(post('Content-Length: 2\r\nExpect: the-worst', '{}'))).toBe('417');
    for (const upgrade of ['websocket', 'h2c'])
      expect(await answerTo(rawRequest(live, ['Connection: Upgrade', `Upgrade: ${upgrade}`]))).toBe('200');
    const trailers = post('Transfer-Encoding: chunked', '2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n');
    expect(await answerTo(trailers)).toBe('400 VALIDATION_ERROR');
    const two =
      rawRequest(live, [], 'GET /api/auth/me HTTP/1.1\r\n\r\n') + rawRequest('GET /api/auth/verify');
    const { answers } = await talk(gateway.url, two, { answers: 2 });
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
  });

  it('opens no tunnel and echoes nothing', async () => {
    const tunnel = await talk(gateway.url, 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect([tunnel.answers[0]?.status, tunnel.ended]).toEqual([405, true]);
    expect(await answerTo(rawRequest('TRACE /health/live', ['X-Canary: echo']))).toBe(
      '405 METHOD_NOT_ALLOWED',
    );
  });
});

describe('several requests ahead on one connection', () => {
  it('are answered in their order, and rubbish behind them gets nothing of theirs', async () => {
    const three = rawRequest('GET /openapi.json') + rawRequest(live) + rawRequest('GET /nowhere');
    const { answers } = await talk(gateway.url, three, { answers: 3 });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
    const mixed = await talk(gateway.url, `${rawRequest('GET /openapi.json')}RUBBISH\r\n\r\n`);
    expect([mixed.answers.map(({ status }) => status), mixed.rest]).toEqual([[200], '']);
  });

  it('are 100 at most', async () => {
    const { answers, ended } = await talk(gateway.url, rawRequest('GET /api/auth/verify').repeat(101));
    expect([answers.length, ended]).toEqual([0, true]);
    const fits = await talk(gateway.url, rawRequest('GET /api/auth/verify').repeat(100), { answers: 100 });
    expect(fits.answers).toHaveLength(100);
  });

  it('leave the gateway well when the client goes away in the midst of them', async () => {
    for (let n = 0; n < 20; n++) {
      await new Promise<void>((resolve) => {
        const socket = connectTo(gateway.url);
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.on('connect', () => {
          socket.write(rawRequest('GET /openapi.json').repeat(5) + 'POST /api/auth/login HT');
          socket.resetAndDestroy();
        });
      });
    }
    expect(await answerTo(rawRequest(live))).toBe('200');
  });
});
