import { request } from 'node:http';
import { connect } from 'node:net';
import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  gateway = await startGateway({ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' });
  client = new Client(gateway.url);
});
afterAll(() => gateway.stop());

function postLogin(body: unknown, headers: Record<string, string> = {}): ReturnType<Client['request']> {
  return client.request('/api/auth/login', { method: 'POST', body, headers });
}

describe('a faulty login body', () => {
  it.each([
    [
      'nothing',
      {},
      [
        ['usuario', 'es obligatorio'],
        ['contrasenia', 'es obligatorio'],
      ],
    ],
    ['no password', { usuario: 'demo' }, [['contrasenia', 'es obligatorio']]],
    ['no password, in English names', { username: 'demo' }, [['password', 'es obligatorio']]],
    ['an empty password', { usuario: 'demo', contrasenia: '' }, [['contrasenia', 'no puede estar vacío']]],
    ['a blank name', { usuario: '  ', contrasenia: 'x' }, [['usuario', 'no puede estar vacío']]],
    ['a number as name', { usuario: 7, contrasenia: 'x' }, [['usuario', 'debe ser un texto']]],
    [
      'an object as password',
      { usuario: 'demo', contrasenia: { a: 1 } },
      [['contrasenia', 'debe ser un texto']],
    ],
    [
      'a name of 257 characters',
      { usuario: 'x'.repeat(257), contrasenia: 'x' },
      [['usuario', 'es demasiado largo']],
    ],
    [
      'an odd delivery',
      { usuario: 'demo', contrasenia: 'x', token_delivery: 'post' },
      [['token_delivery', 'no es un valor permitido']],
    ],
    [
      'a list',
      [1],
      [
        ['usuario', 'es obligatorio'],
        ['contrasenia', 'es obligatorio'],
      ],
    ],
  ])('with %s is 400 and names the field', async (_case, body, expected) => {
    const answer = await postLogin(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: 'error',
      code: 'VALIDATION_ERROR',
      message: 'Los datos enviados son inválidos',
      errors: expected.map(([campo, error]) => ({ campo, error })),
    });
  });

  it('never repeats what was sent', async () => {
    const answer = await postLogin({ usuario: ['canary-name'], contrasenia: ['canary-password'] });
    expect(answer.status).toBe(400);
    expect(answer.text + gateway.logs()).not.toContain('canary');
  });

  it('drops prototype pollution keys', async () => {
    const answer = await postLogin('{"usuario":"demo","contrasenia":"x","__proto__":{"admin":true}}');
    expect(answer.status).toBe(401);
    expect({}).not.toHaveProperty('admin');
  });

  it.each(['{a', '{"usuario":', 'usuario=demo', ''])(
    'that is no JSON (%j) is INVALID_JSON or names the fields',
    async (text) => {
      const answer = await postLogin(text);
      expect(answer.status).toBe(400);
      expect(answer.body['code']).toBe(text === '' ? 'VALIDATION_ERROR' : 'INVALID_JSON');
    },
  );

  it('over 16 KiB is 413', async () => {
    const fits = await postLogin({ usuario: 'demo', contrasenia: 'x', filler: 'x'.repeat(16 * 1024 - 60) });
    expect(fits.status).toBe(401);
    const large = await postLogin({ usuario: 'demo', contrasenia: 'x', filler: 'x'.repeat(16 * 1024) });
    expect([large.status, large.body['code']]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    'of type %s is 415',
    async (type) => {
      const answer = await postLogin('usuario=demo', { 'content-type': type });
      expect([answer.status, answer.body['code']]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );
});

describe('routes', () => {
  it.each([
    ['GET', '/api/auth/login', 'POST'],
    ['DELETE', '/api/auth/refresh', 'POST'],
    ['PUT', '/api/auth/me?x=1', 'GET, HEAD'],
    ['POST', '/.well-known/jwks.json', 'GET, HEAD'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allow) => {
    const answer = await client.request(path, { method });
    expect([answer.status, answer.body['code']]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('allow')?.split(', ').sort().join(', ')).toBe(allow);
  });

  it.each(['/', '/api/auth', '/api/auth/login/', '/api/auth/nope', `/${'x'.repeat(3000)}`])(
    'an unknown path (%s) is 404 with a request id',
    async (path) => {
      const answer = await client.request(path);
      expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
      expect(answer.body['requestId']).toBe(answer.headers.get('x-request-id'));
      expect(answer.headers.get('cache-control')).toBe('no-store');
    },
  );
});

describe('every answer', () => {
  it('carries a request id, the client’s own if it is harmless', async () => {
    const own = await client.request('/health/live', { headers: { 'x-request-id': 'trace-42.A_b' } });
    expect(own.headers.get('x-request-id')).toBe('trace-42.A_b');
    const odd = await client.request('/api/auth/me', { headers: { 'x-request-id': 'bad id {"x":1}' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(odd.body['requestId']).toBe(odd.headers.get('x-request-id'));
  });

  it('speaks the language that the client prefers', async () => {
    const messageFor = async (language: string) =>
      (await client.request('/api/auth/me', { headers: { 'accept-language': language } })).body['message'];
    expect(await messageFor('en')).toBe('No access token was sent');
    expect(await messageFor('en-US,en;q=0.8')).toBe('No access token was sent');
    expect(await messageFor('en;q=0.4,es;q=0.8')).toBe('Token no proporcionado');
    expect(await messageFor('de')).toBe('Token no proporcionado');
    expect(await messageFor('*')).toBe('Token no proporcionado');
  });

  it('is RFC 9457 problem details when the client asks for it', async () => {
    const answer = await postLogin({ usuario: 'demo' }, { accept: 'application/problem+json' });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: 'urn:gatehouse:error:VALIDATION_ERROR',
      title: 'Los datos enviados son inválidos',
      status: 400,
      detail: 'Los datos enviados son inválidos',
      code: 'VALIDATION_ERROR',
      errors: [{ campo: 'contrasenia', error: 'es obligatorio' }],
      requestId: answer.headers.get('x-request-id'),
    });
  });
});

describe('a logout', () => {
  it.each([{ refresh_token: 5 }, { refresh_token: 'nonsense' }, ['x'], {}])(
    'with the body %j is 200',
    async (body) => {
      const answer = await client.request('/api/auth/logout', { method: 'POST', body });
      expect(answer.status).toBe(200);
      expect(answer.setCookies[0]).toContain('refreshToken=;');
    },
  );
});

describe('a client that is too slow or speaks no HTTP', () => {
  function talk(port: string, bytes: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
      let heard = '';
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(heard));
    });
  }

  it('is answered in our own form and cut off', async () => {
    const quick = await startGateway({ REQUEST_TIMEOUT_MS: '1000' });
    const { port } = new URL(quick.url);
    const head =
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{';
    const startedMs = performance.now();
    expect(await talk(port, head)).toMatch(/^HTTP\/1\.1 408 [\s\S]*X-Request-Id: [\s\S]*"status":"error"/);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    expect(await talk(port, 'GIBBERISH\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"requestId"/);
    expect(quick.logs()).not.toContain('"level":50');
    await quick.stop();
  });
});

describe('the body-less posts of older clients', () => {
  it.each([undefined, 'application/json'])(
    'to /refresh and /logout are fine with Content-Type %s',
    async (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const refresh = await client.request('/api/auth/refresh', { method: 'POST', headers });
      expect(refresh.body['code']).toBe('NO_REFRESH_COOKIE');
      expect((await client.request('/api/auth/logout', { method: 'POST', headers })).status).toBe(200);
    },
  );
});

describe('an oversized header', () => {
  it('is refused without harm', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(`${gateway.url}/api/auth/me`, {
        headers: { authorization: `Bearer ${'x'.repeat(20_000)}` },
      });
      outgoing.on('response', (response) => resolve(response.resume().statusCode));
      outgoing.on('error', reject);
      outgoing.end();
    });
    expect(status).toBe(431);
    expect((await client.request('/health/live')).status).toBe(200);
  });
});
