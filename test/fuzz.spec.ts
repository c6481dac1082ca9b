import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Client, cookieOf, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { bytesOf, type Keys, type OddRequest, oddRequest } from './support/odd-requests';
import { type RawAnswer, rawRequest, talk } from './support/raw-http';

/** Of each property. On a failure fast-check prints the seed and the smallest request that fails. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const answerWithinMs = 20_000;
const longestLine = 16 * 1024;
const mostGrowthBytes = 64 * 1024 * 1024;
const testTimeoutMs = 60_000 + numRuns * 1000;

let gateway: RunningGateway;
let client: Client;
let keys: Keys;
let paths: string[];

beforeAll(async () => {
  gateway = await startGateway({
    COMPAT: 'django,ping-directory,genauth',
    OAUTH_CLIENTS: '[{"client_id":"app"}]',
    RATE_LIMIT_AUTH_MAX: '1000000',
    RATE_LIMIT_MAX: '1000000',
    SESSIONS_MAX_PER_PERSON: '1000',
    // A machine that is busy with other tests is no overload.
    SHED_DELAY_MS: '0',
  });
  client = new Client(gateway.url);
  paths = Object.keys(objectOf((await client.request('/openapi.json')).body['paths']));
  const login = await client.login('demo', gateway.demoPassword);
  keys = {
    accessToken: textOf(login.data, 'access_token'),
    refreshToken: cookieOf(login).split('=')[1] ?? '',
    username: 'demo',
    clientId: 'app',
  };
});
afterAll(() => gateway.stop());

const innards = /node_modules|\bat .{1,200}:\d+:\d+|\/src\/|\/dist\/|Error: |\[object Object\]/;

/** What is wrong with an answer whatever the request was. */
function expectSound({ status, headers, body }: RawAnswer, isHead = false): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(body).not.toMatch(innards);
  const isJson = (headers.get('content-type') ?? '').includes('json');
  if (isJson && !isHead) expect(() => void JSON.parse(body)).not.toThrow();
  if (status >= 400 && status !== 417 && !isHead && headers.get('content-length') !== '0')
    expect(headers.get('content-type')).toMatch(/json|text\/(plain|html)/);
}

async function expectOneSoundAnswer(request: OddRequest): Promise<void> {
  const { text, answers, rest } = await talk(gateway.url, bytesOf(request), { withinMs: answerWithinMs });
  if (request.method === 'HEAD') {
    expect(text).toMatch(/^HTTP\/1\.1 [1-4]\d\d [\s\S]*\r\n\r\n$/);
    return;
  }
  expect({ count: answers.length, rest }).toEqual({ count: 1, rest: '' });
  answers.forEach((answer) => expectSound(answer));
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') for (let n = 0; n < 3; n++) Reflect.apply(collect, undefined, []);
  return process.memoryUsage().heapUsed;
}

describe('every door', () => {
  it('is known: the doors of the native API, of OAuth and of all dialects', () => {
    const first = (beginning: string) => paths.some((path) => path.startsWith(beginning));
    const doors = [
      '/api/auth/login',
      '/oidc/token',
      '/api/auth/verify',
      '/health',
      '/.well-known/',
      '/api/auth/revocations',
    ];
    const dialects = ['/api/login-ldap', '/directory/v1', '/api/v3/signin'];
    expect([...doors, ...dialects].filter((door) => !first(door))).toEqual([]);
  });

  it(
    'answers anything well, in bounded time and memory, with log lines that are lines',
    async () => {
      const beforeBytes = heapBytes();
      const property = fc.asyncProperty(oddRequest(paths, keys), expectOneSoundAnswer);
      await fc.assert(property, { numRuns, endOnFailure: false });
      const logs = gateway.logs();
      const grownBytes = heapBytes() - beforeBytes - 2 * logs.length;
      process.stdout.write(
        `${numRuns} odd requests: the heap has grown by ${Math.round(grownBytes / 1024)} KiB\n`,
      );
      expect(grownBytes).toBeLessThan(mostGrowthBytes);
      const lines = logs.split('\n').slice(0, -1);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        expect(line.length).toBeLessThan(longestLine);
        expect(JSON.parse(line)).toEqual(expect.objectContaining({ level: expect.any(Number) as number }));
        expect(/[^\P{Cc}\t]/u.test(line)).toBe(false);
      }
      expect(logs).not.toContain('"level":60');
      expect({}).not.toHaveProperty('polluted');
    },
    testTimeoutMs,
  );
});

describe('bytes that are nearly HTTP', () => {
  const change = fc.record({
    at: fc.nat(400),
    remove: fc.nat(8),
    insert: fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        '\r\n\r\n',
        ' ',
        ':',
        '\0',
        '\t',
        ';',
        ',',
        '0',
        '\xff',
        'HTTP/1.1',
      ),
      fc.constantFrom('Transfer-Encoding: chunked\r\n', 'Content-Length: 7\r\n', 'Connection: close\r\n'),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
  });

  it(
    'get refusals or answers, and an end',
    async () => {
      const whole = rawRequest('POST /api/auth/refresh', [
        'Content-Type: application/json',
        'Cookie: a=b',
        'Transfer-Encoding: chunked',
      ]).concat('7\r\n{"a":1}\r\n0\r\n\r\n', rawRequest('GET /health/live', ['User-Agent: x']));
      const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = changes.reduce(
          (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
          whole,
        );
        const { answers, rest } = await talk(gateway.url, Buffer.from(bytes, 'latin1'), {
          withinMs: answerWithinMs,
          halfClose: true,
        });
        expect(rest).toBe('');
        answers.forEach((answer) => expectSound(answer));
      });
      await fc.assert(property, { numRuns });
      expect((await client.request('/health/live')).status).toBe(200);
      expect(gateway.logs()).not.toContain('INTERNAL_ERROR');
    },
    testTimeoutMs,
  );
});
