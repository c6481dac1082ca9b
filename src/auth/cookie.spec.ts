import { loadSettings } from '../config/load-settings';
import { cookieLine } from './cookie';
import { clearedRefreshCookie, refreshCookie } from './refresh-cookie';
import { clearedSessionCookie, sessionCookie } from './session-cookie';

const settingsOf = (env: Readonly<Record<string, string>>) => loadSettings(env).settings;

describe('the one builder of cookies', () => {
  it.each([
    [{ COOKIE_PREFIX: '__Secure-' }, '__Secure-refreshToken', '/api/auth', '__Secure-sessionid'],
    [{ COOKIE_PREFIX: '__Host-' }, '__Host-refreshToken', '/', '__Host-sessionid'],
    [{ COOKIE_PREFIX: 'none' }, 'refreshToken', '/api/auth', 'sessionid'],
  ])('gives what %p promises to browsers, set and cleared', (env, refresh, path, session) => {
    const settings = settingsOf({ ...env, COOKIE_SECURE: 'true' });
    const end = 'SameSite=Lax; Max-Age';
    expect(refreshCookie(settings, 't', 60)).toBe(`${refresh}=t; Path=${path}; HttpOnly; ${end}=60; Secure`);
    expect(clearedRefreshCookie(settings)).toBe(`${refresh}=; Path=${path}; HttpOnly; ${end}=0; Secure`);
    expect(sessionCookie(settings, { name: 'sessionid', token: 't' }, 60_000)).toBe(
      `${session}=t; HttpOnly; Max-Age=60; Path=/; SameSite=Lax; Secure`,
    );
    expect(clearedSessionCookie(settings, 'sessionid')).toBe(
      `${session}=; HttpOnly; Max-Age=0; Path=/; SameSite=Lax; Secure`,
    );
  });

  it('takes any name and path', () => {
    const cookie = { name: 'other', path: '/x', value: 'v', maxAgeSeconds: 1.5 };
    const env = { COOKIE_SECURE: 'true', COOKIE_SAMESITE: 'None', COOKIE_DOMAIN: 'example.org' };
    expect(cookieLine(settingsOf(env), cookie)).toBe(
      'other=v; Path=/x; HttpOnly; SameSite=None; Max-Age=2; Domain=example.org; Secure',
    );
  });
});
