import cookieParser from 'cookie-parser';
import * as fc from 'fast-check';
import { refreshCookie, tokenOfCookieValue } from '../src/auth/refresh-cookie';
import { loadSettings } from '../src/config/load-settings';
import { cookieValueOf } from '../src/strategies/external/cookie-value';
import { cookieFrom } from '../src/strategies/external/relay-cookie';

const { settings } = loadSettings({});

/** What a browser stores of our `Set-Cookie` line, as the gateway reads it when it comes back. */
function throughTheBrowser(token: string): string {
  const cookie = refreshCookie(settings, token, 60).split(';', 1)[0] ?? '';
  const request: { headers: { cookie: string }; cookies?: Record<string, unknown> } = { headers: { cookie } };
  Reflect.apply(cookieParser(), undefined, [request, {}, () => undefined]);
  const value = request.cookies?.['refreshToken'];
  return typeof value === 'string' ? tokenOfCookieValue(value) : '';
}

const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
const anyValue = fc
  .oneof(
    fc.string({ unit: printable, minLength: 1 }),
    fc.string({ unit: fc.constantFrom('"', ',', ' ', '\\', '%', '2', 'j', ':', '~', '='), minLength: 1 }),
    fc.string({ unit: printable }).map((inside) => `"${inside}"`),
  )
  .map((text) => text.replaceAll(';', '').trim())
  .filter((value) => value !== '' && value !== '""');

describe('a cookie of the service', () => {
  it('comes back to it as it was, through the gateway and the browser', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const token = cookieFrom([`refreshToken=${value}; Path=/; HttpOnly`], 'refreshToken', 0) ?? '';
        expect(cookieValueOf(throughTheBrowser(token))).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });
});
