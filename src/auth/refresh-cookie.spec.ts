import { randomBytes } from 'node:crypto';
import cookieParser from 'cookie-parser';
import * as fc from 'fast-check';
import { loadSettings } from '../config/load-settings';
import { clearedRefreshCookie, refreshCookie, tokenOfCookieValue } from './refresh-cookie';

const { settings } = loadSettings({});

/** What a browser stores of a `Set-Cookie` line and sends back: the first pair, byte for byte (RFC 6265 section 5.2). */
function sentBack(setCookie: string): string {
  return setCookie.split(';', 1)[0]?.trim() ?? '';
}

/** The token as the gateway reads it: through the real cookie-parser. */
function readBack(cookie: string): unknown {
  const request: { headers: { cookie: string }; cookies?: Record<string, unknown> } = { headers: { cookie } };
  Reflect.apply(cookieParser(), undefined, [request, {}, () => undefined]);
  const value = request.cookies?.['refreshToken'];
  return typeof value === 'string' ? tokenOfCookieValue(value) : value;
}

const anyToken = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom('%', '2', 'F', ';', ' ', '"', ',', '\\', '=', '~', 'j', ':', 'é', '\n'),
  }),
  fc
    .tuple(fc.constantFrom('', '~', '~~', '~~~'), fc.jsonValue())
    .map(([marks, value]) => `${marks}j:${JSON.stringify(value)}`),
);

describe('the refresh cookie', () => {
  it('brings every token back as it was', () => {
    fc.assert(
      fc.property(anyToken, (token) => {
        const line = refreshCookie(settings, token, 60);
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(line.split('; ')).toHaveLength(5);
        expect(readBack(sentBack(line))).toBe(token);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a token of ours', randomBytes(45).toString('base64url')],
    ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMDQyIn0.c2lnbmF0dXJl'],
    ['base64', 'ab+/cd=='],
    ['any cookie-octet but the percent sign', "!#$&'()*+-./09:<=>?@AZ[]^_`az{|}~"],
  ])('leaves %s as it is', (_case, token) => {
    expect(sentBack(refreshCookie(settings, token, 60))).toBe(`refreshToken=${token}`);
  });

  it('has the documented attributes, set and cleared', () => {
    expect(refreshCookie(settings, 'a;b', 86400)).toBe(
      'refreshToken=a%3Bb; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=86400',
    );
    expect(clearedRefreshCookie(settings)).toBe(
      'refreshToken=; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=0',
    );
  });
});
