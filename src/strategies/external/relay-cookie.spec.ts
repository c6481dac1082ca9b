import { cookieFrom } from './relay-cookie';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

describe('the refresh token in Set-Cookie lines', () => {
  it.each<[string[], string | undefined]>([
    [['refreshToken=abc'], 'abc'],
    [['refreshToken=abc; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=86400'], 'abc'],
    [['other=1', ' refreshToken = abc ;Path=/'], 'abc'],
    [['refreshToken=a%20b%3D=='], 'a%20b%3D=='],
    [['refreshToken="abc"; Path=/'], '"abc"'],
    [['refreshToken= a, "b" \\c ; Path=/'], 'a, "b" \\c'],
    [['refreshToken="'], '"'],
    [['refreshToken=old', 'refreshToken=new'], 'new'],
    [['refreshToken=; Max-Age=0', 'refreshToken=new'], 'new'],
    [['refreshToken=old', 'refreshToken=; Max-Age=0'], undefined],
    [['refreshToken='], undefined],
    [['refreshToken=""'], undefined],
    [['refreshToken'], undefined],
    [['refreshToken=abc; Max-Age=0'], undefined],
    [['refreshToken=abc; MAX-AGE=-1'], undefined],
    [['refreshToken=abc; Max-Age=soon'], 'abc'],
    [['refreshToken=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], undefined],
    [['refreshToken=abc; expires=Thu, 01-Jan-1970 00:00:00 GMT'], undefined],
    [['refreshToken=abc; Expires=Thu, 01 Jan 2026 00:00:00 GMT'], undefined],
    [['refreshToken=abc; Expires=Fri, 02 Jan 2026 00:00:00 GMT'], 'abc'],
    [['refreshToken=abc; Expires=whenever'], 'abc'],
    [['refreshToken=abc; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'], 'abc'],
    [['refreshtoken=abc'], undefined],
    [['refreshToken2=abc', 'x=refreshToken=abc'], undefined],
    [[''], undefined],
    [[], undefined],
  ])('%j is %p', (lines, expected) => {
    expect(cookieFrom(lines, 'refreshToken', nowMs)).toBe(expected);
  });
});
