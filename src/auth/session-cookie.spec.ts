import { loadSettings } from '../config/load-settings';
import { clearedSessionCookie, sessionCookie } from './session-cookie';

const cookieWith = (env: Readonly<Record<string, string>>) =>
  sessionCookie(loadSettings(env).settings, { name: 'sessionid', token: 't' }, 3_600_000);

describe('the session cookie', () => {
  it('has the attributes that Django gives it, set and cleared', () => {
    expect(cookieWith({})).toBe('sessionid=t; HttpOnly; Max-Age=3600; Path=/; SameSite=Lax');
    expect(clearedSessionCookie(loadSettings({}).settings, 'sessionid')).toBe(
      'sessionid=; HttpOnly; Max-Age=0; Path=/; SameSite=Lax',
    );
  });

  it('follows the settings of cookies', () => {
    const env = { COOKIE_SECURE: 'true', COOKIE_SAMESITE: 'None', COOKIE_DOMAIN: 'example.org' };
    expect(cookieWith(env)).toBe(
      'sessionid=t; HttpOnly; Max-Age=3600; Path=/; SameSite=None; Domain=example.org; Secure',
    );
  });

  it('lives whole seconds, not shorter than its session, and no negative time', () => {
    const { settings } = loadSettings({});
    expect(sessionCookie(settings, { name: 'sessionid', token: 't' }, 3_599_001)).toContain('Max-Age=3600;');
    expect(sessionCookie(settings, { name: 'sessionid', token: 't' }, -5000)).toContain('Max-Age=0;');
  });
});
