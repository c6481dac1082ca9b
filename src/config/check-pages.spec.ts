import { seesPageCookie } from './check-pages';
import { ConfigurationError, loadSettings } from './load-settings';

function warningsOf(env: Readonly<Record<string, string>>): readonly string[] {
  const { warnings } = loadSettings({ JWT_ISSUER: 'https://id.example.org', ...env });
  return warnings.filter((warning) => /RETURN_ORIGINS|root of a host/.test(warning));
}

describe('the settings of the pages, together', () => {
  it('warn of each application that could not see the session', () => {
    const RETURN_ORIGINS = 'https://wiki.example.org,https://id.example.org:8443,https://wiki.example.net';
    expect(warningsOf({ RETURN_ORIGINS })).toEqual([
      expect.stringMatching(/^entry 1 of RETURN_ORIGINS .* COOKIE_DOMAIN/),
      expect.stringMatching(/^entry 3 of RETURN_ORIGINS /),
    ]);
    const COOKIE_DOMAIN = 'example.org';
    expect(warningsOf({ RETURN_ORIGINS, COOKIE_DOMAIN })).toEqual([
      expect.stringMatching(/^entry 3 of RETURN_ORIGINS /),
    ]);
  });

  it('warn of return addresses without pages', () => {
    const RETURN_ORIGINS = 'https://id.example.org';
    expect(warningsOf({ RETURN_ORIGINS })).toEqual([]);
    expect(warningsOf({ RETURN_ORIGINS, PAGES: 'false' })).toEqual([
      'RETURN_ORIGINS has no effect, because there are no pages',
    ]);
  });

  it('warn of a login page below a path', () => {
    expect(warningsOf({ JWT_ISSUER: 'https://id.example.org/auth' })).toEqual([
      expect.stringMatching(/^JWT_ISSUER .* root of a host/),
    ]);
    expect(warningsOf({ LOGIN_PAGE_URL: 'https://id.example.org/auth/login' })).toEqual([
      expect.stringMatching(/^LOGIN_PAGE_URL .* root of a host/),
    ]);
    const LOGIN_PAGE_URL = 'https://id.example.org/login';
    expect(warningsOf({ LOGIN_PAGE_URL, JWT_ISSUER: 'https://id.example.org/auth' })).toEqual([]);
    expect(warningsOf({ PAGES: 'false', JWT_ISSUER: 'https://id.example.org/auth' })).toEqual([]);
  });

  it.each(['/login', 'id.example.org/login', 'javascript:alert(1)', 'https://', 'https://a@id.example.org/'])(
    'refuse LOGIN_PAGE_URL=%s',
    (LOGIN_PAGE_URL) => {
      const load = () => loadSettings({ LOGIN_PAGE_URL });
      expect(load).toThrow(ConfigurationError);
      expect(load).toThrow('LOGIN_PAGE_URL');
    },
  );

  it('know which hosts browsers show the cookie to', () => {
    const sees = (host: string, COOKIE_DOMAIN?: string) =>
      seesPageCookie({ COOKIE_DOMAIN }, host, ['id.example.org']);
    expect([sees('id.example.org'), sees('wiki.example.org')]).toEqual([true, false]);
    const hosts = ['example.org', 'wiki.example.org', 'badexample.org', 'example.org.evil.example'];
    expect(hosts.map((host) => sees(host, 'example.org'))).toEqual([true, true, false, false]);
  });
});
