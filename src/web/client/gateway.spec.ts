import { GatehouseError } from './contract';
import { endsSession, gatewayAt } from './gateway';

const closing = new AbortController();
const ask = gatewayAt('https://sso.example.org', 'en', closing.signal);
let sent: { url: string; init: RequestInit }[] = [];

function answering(answer: () => Response): void {
  sent = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation((url, init = {}) => {
    sent.push({ url: url instanceof Request ? url.url : url.toString(), init });
    return Promise.resolve().then(answer);
  });
}

function failure(): Promise<unknown> {
  return ask('refresh').catch((error: unknown) => error);
}

afterEach(() => jest.restoreAllMocks());

describe('a question to the gateway', () => {
  it('is a POST with the cookie, and goes nowhere else', async () => {
    answering(() => Response.json({ status: 'success', message: 'x', data: { access_token: 't' } }));
    expect(await ask('refresh')).toEqual({ access_token: 't' });
    expect(sent).toMatchObject([
      {
        url: 'https://sso.example.org/api/auth/refresh',
        init: { method: 'POST', credentials: 'include', redirect: 'error' },
      },
    ]);
    expect(new Headers(sent[0]?.init.headers).get('Accept-Language')).toBe('en');
  });

  it('has no data where the answer has none', async () => {
    answering(() => Response.json({ status: 'success', message: 'x', data: null }));
    expect(await ask('logout')).toEqual({});
  });
});

describe('an answer that is no success', () => {
  it('is an error with all that it says', async () => {
    const body = { status: 'error', code: 'TOO_MANY_REQUESTS', message: 'Later', requestId: 'r-1' };
    answering(() => Response.json(body, { status: 429, headers: { 'Retry-After': '7' } }));
    const error = await failure();
    expect(error).toBeInstanceOf(GatehouseError);
    expect(error).toMatchObject({
      ...{ name: 'GatehouseError', status: 429, code: 'TOO_MANY_REQUESTS', message: 'Later', fields: [] },
      ...{ retryAfterSeconds: 7, requestId: 'r-1' },
    });
  });

  it.each([
    ['a page of a proxy', () => new Response('<h1>Bad Gateway</h1>', { status: 502 }), 502],
    ['the login page of a wireless network', () => new Response('<h1>Welcome</h1>'), 200],
    ['JSON of somebody else', () => Response.json({ ok: true }), 200],
    ['JSON that is no object', () => Response.json('REFRESH_TOKEN_INVALID', { status: 401 }), 401],
  ])('but %s is an error that ends no session', async (_case, answer, status) => {
    answering(answer);
    const error = await failure();
    expect(error).toMatchObject({ code: 'UNREADABLE_ANSWER', status });
    expect(endsSession(error)).toBe(false);
  });

  it('or none at all, ends no session', async () => {
    answering(() => {
      throw new TypeError('Failed to fetch');
    });
    const error = await failure();
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', status: 0 });
    expect(endsSession(error)).toBe(false);
  });
});

describe('the end of a session', () => {
  it.each([
    ['REFRESH_TOKEN_INVALID', 401, true],
    ['REFRESH_TOKEN_EXPIRED', 401, true],
    ['REFRESH_TOKEN_REUSED', 401, true],
    ['NO_REFRESH_COOKIE', 401, true],
    ['REFRESH_TOKEN_INVALID', 503, false],
    ['INVALID_TOKEN', 401, false],
    ['TOO_MANY_REQUESTS', 429, false],
    ['ORIGIN_NOT_ALLOWED', 403, false],
  ])('is %s with %i: %p', (code, status, ends) => {
    expect(endsSession(new GatehouseError({ status, code, message: 'x' }))).toBe(ends);
  });
});

describe('a client that is closed', () => {
  it('ends the question on its way, and asks no further one', async () => {
    jest
      .spyOn(globalThis, 'fetch')
      .mockImplementation((_url, init) =>
        init?.signal?.aborted
          ? Promise.reject(new TypeError('aborted before'))
          : new Promise((_resolve, reject) =>
              init?.signal?.addEventListener('abort', () => reject(new TypeError('aborted'))),
            ),
      );
    const asked = failure();
    closing.abort();
    for (const error of [await asked, await failure()]) {
      expect(error).toMatchObject({ name: 'GatehouseError', code: 'NETWORK_ERROR', status: 0 });
    }
  });
});
