import { type SpelledRequest, toStandardOidc } from './oidc-spellings';

type Headers = Record<string, string | undefined>;
interface Asked {
  readonly url: string;
  readonly headers?: Headers;
  readonly body?: unknown;
  readonly query?: unknown;
}

/** The members that the translation reads and writes. */
function translated({ url, headers = {}, body, query = {} }: Asked): SpelledRequest {
  const request: SpelledRequest = { url, headers: { ...headers }, body, query };
  toStandardOidc(request);
  return request;
}

const basic = `Basic ${Buffer.from('app:s3cret').toString('base64')}`;
const raw = 'aaa.bbb.ccc';
const other = 'ddd.eee.fff';

describe('the client of a request', () => {
  it.each<[string, Headers, object, object]>([
    ['by the header alone', { 'x-authing-app-id': 'app' }, {}, { client_id: 'app' }],
    [
      'by the header beside a raw token',
      { 'x-authing-app-id': 'app', authorization: raw },
      {},
      { client_id: 'app' },
    ],
    [
      'by the body, whatever the header says',
      { 'x-authing-app-id': 'x' },
      { client_id: 'app' },
      { client_id: 'app' },
    ],
    ['by Basic', { 'x-authing-app-id': 'app', authorization: basic }, {}, {}],
    [
      'by Basic and the body at once',
      { authorization: basic },
      { client_id: 'app', client_secret: 's3cret' },
      {},
    ],
    [
      'by two secrets that differ, which stays two ways',
      { authorization: basic },
      { client_id: 'app', client_secret: 'another' },
      { client_id: 'app', client_secret: 'another' },
    ],
    ['by a name that is too long', { 'x-authing-app-id': 'x'.repeat(129) }, {}, {}],
  ])('%s', (_case, headers, said, expected) => {
    const url = '/oidc/token/introspection?x=1';
    expect(translated({ url, headers, body: { token: 't', ...said } }).body).toEqual({
      token: 't',
      ...expected,
    });
  });

  it('is left alone elsewhere, and where there is no body', () => {
    const headers = { 'x-authing-app-id': 'app' };
    expect(translated({ url: '/api/auth/refresh', headers, body: {} }).body).toEqual({});
    expect(translated({ url: '/oidc/token', headers }).body).toBeUndefined();
  });
});

describe('the access token of a request for userinfo', () => {
  it.each<[string, Partial<Asked>, string | undefined]>([
    ['alone in the header', { headers: { authorization: raw } }, `Bearer ${raw}`],
    ['in the query', { query: { access_token: other } }, `Bearer ${other}`],
    [
      'in the query, before the raw one',
      { headers: { authorization: raw }, query: { access_token: other } },
      `Bearer ${other}`,
    ],
    [
      'in the body, before the raw one',
      { headers: { authorization: raw }, body: { access_token: other } },
      undefined,
    ],
    [
      'as Bearer, before the query',
      { headers: { authorization: `Bearer ${raw}` }, query: { access_token: other } },
      `Bearer ${raw}`,
    ],
    ['twice in the query', { query: { access_token: [other, raw] } }, undefined],
    ['nowhere', {}, undefined],
  ])('%s', (_case, asked, expected) => {
    expect(translated({ url: '/oidc/me', ...asked }).headers['authorization']).toBe(expected);
  });
});
