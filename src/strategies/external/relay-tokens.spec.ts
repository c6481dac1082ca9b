import { loadSettings } from '../../config/load-settings';
import { tokensOf, type TokensResult } from './relay-tokens';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

function found(
  body: Readonly<Record<string, unknown>>,
  { env = {}, setCookies = [] }: { env?: Record<string, string>; setCookies?: string[] } = {},
): TokensResult {
  return tokensOf({ body, setCookies }, loadSettings(env).settings, nowMs);
}

const access = { access_token: 'opaque' };

describe('the access token', () => {
  it.each([
    [{ data: { access_token: 'a', token: 'b' }, access_token: 'c', token: 'd' }, 'a'],
    [{ data: { token: 'b' }, access_token: 'c', token: 'd' }, 'b'],
    [{ data: null, access_token: 'c', token: 'd' }, 'c'],
    [{ data: { access_token: '' }, token: 'd' }, 'd'],
  ])('of %j is %p', (body, accessToken) => {
    expect(found(body)).toEqual({ found: true, tokens: { accessToken } });
  });

  it('is only where EXTERNAL_AUTH_ACCESS_TOKEN points', () => {
    const env = { EXTERNAL_AUTH_ACCESS_TOKEN: '/result/jwt' };
    expect(found({ result: { jwt: 'x' }, token: 'y' }, { env })).toMatchObject({
      tokens: { accessToken: 'x' },
    });
    expect(found({ token: 'y' }, { env }).found).toBe(false);
  });

  it.each([{}, { data: { access_token: ' ' } }, { access_token: 7 }, { token: ['a'] }, { data: 'a' }])(
    'is not in %j',
    (body) => {
      const result = found(body);
      expect(result.found ? '' : result.fault).toContain('EXTERNAL_AUTH_ACCESS_TOKEN');
    },
  );

  it.each<[unknown, number | undefined]>([
    [1_800_000_000, 1_800_000_000],
    [1_800_000_000.7, 1_800_000_000],
    ['1800000000', undefined],
    [null, undefined],
    [1e300, undefined],
  ])('that ends at %p tells %p', (exp, expected) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const accessToken = `${part({ alg: 'RS256' })}.${part({ exp })}.AAAA`;
    const result = found({ token: accessToken });
    expect(result.found && result.tokens.accessExpiresAtSeconds).toBe(expected);
  });
});

describe('the refresh token', () => {
  it.each([
    [{ ...access, data: { refresh_token: 'a', refreshToken: 'b' }, refresh_token: 'c' }, 'a'],
    [{ ...access, data: { refreshToken: 'b' }, refresh_token: 'c' }, 'b'],
    [{ ...access, refresh_token: 'c', refreshToken: 'd' }, 'c'],
    [{ ...access, refreshToken: 'd' }, 'd'],
    [{ ...access, data: { refresh_token: null } }, 'from-cookie'],
    [{ ...access }, 'from-cookie'],
  ])('of %j and a cookie is %p', (body, refreshToken) => {
    const setCookies = ['refreshToken=from-cookie; Path=/'];
    expect(found(body, { setCookies })).toMatchObject({ tokens: { refreshToken } });
  });

  it('is where the settings say', () => {
    const env = { EXTERNAL_AUTH_REFRESH_TOKEN: '/rt', EXTERNAL_AUTH_REFRESH_COOKIE: 'sid' };
    const setCookies = ['refreshToken=x', 'sid=y'];
    expect(found({ ...access, rt: 'z' }, { env, setCookies })).toMatchObject({
      tokens: { refreshToken: 'z' },
    });
    expect(found({ ...access, refresh_token: 'w' }, { env, setCookies })).toMatchObject({
      tokens: { refreshToken: 'y' },
    });
  });

  it('need not be there', () => {
    expect(found(access)).toEqual({ found: true, tokens: { accessToken: 'opaque' } });
  });

  it('may be of any length: the service has rotated already', () => {
    const refresh_token = 'x'.repeat(5000);
    expect(found({ ...access, refresh_token })).toMatchObject({ tokens: { refreshToken: refresh_token } });
  });
});
