import { loadSettings } from '../config/load-settings';
import { loginPage, returnAddress } from './return-address';

const env = {
  JWT_ISSUER: 'https://id.example.org',
  ALLOWED_ORIGINS: 'https://app.example.org,capacitor://localhost',
  RETURN_ORIGINS: 'https://wiki.example.org:8443',
};

const settingsOf = (more: Readonly<Record<string, string>> = {}) =>
  loadSettings({ ...env, ...more }).settings;
const read = (text: string, more: Readonly<Record<string, string>> = {}) =>
  returnAddress(settingsOf(more), text)?.href;

describe('where a login may lead back', () => {
  it.each([
    ['https://app.example.org', 'https://app.example.org/'],
    ['https://app.example.org/a?b=c&d=%2F#e', 'https://app.example.org/a?b=c&d=%2F#e'],
    ['https://APP.example.org:443/', 'https://app.example.org/'],
    ['https://wiki.example.org:8443/Página', 'https://wiki.example.org:8443/P%C3%A1gina'],
    ['https://id.example.org/account', 'https://id.example.org/account'],
    [
      'https://app.example.org/?next=https://evil.example/',
      'https://app.example.org/?next=https://evil.example/',
    ],
    ['https://app.example.org/@alice', 'https://app.example.org/@alice'],
    ['/account', 'https://id.example.org/account'],
    ['/a/../account?x=1', 'https://id.example.org/account?x=1'],
    ['/', 'https://id.example.org/'],
  ])('takes %j', (text, address) => {
    expect(read(text)).toBe(address);
  });

  it.each([
    ...['', 'account', './account', '?x', '#x', '..'],
    // Another host, scheme or port.
    ...[
      'https://evil.example/',
      'http://app.example.org/',
      'https://app.example.org:8443/',
      'http:/app.example.org/',
    ],
    ...['https://app.example.org.evil.example/', 'https://app.example.org.', 'https://evilapp.example.org/'],
    ...['https://wiki.example.org/', 'https://example.org/', 'https://evil.example/https://app.example.org/'],
    // A host without its scheme, and what is read as one.
    ...[
      '//evil.example',
      '///evil.example',
      '//app.example.org',
      '/\\evil.example',
      '\\\\evil.example',
      '\\/evil.example',
    ],
    ...[
      '/\t/evil.example',
      '/\n/evil.example',
      '\t//evil.example',
      '/.//evil.example',
      '/..//evil.example',
      '/%2e//evil.example',
    ],
    ...['https:evil.example', 'https:/evil.example', 'https:app.example.org', 'https:///app.example.org/'],
    ...[
      'https:\\\\app.example.org',
      'https://app.example.org\\@evil.example/',
      'https://app.example.org//evil.example',
    ],
    // Names and passwords in front of the host.
    ...[
      'https://app.example.org@evil.example/',
      'https://app.example.org:x@evil.example',
      'https://alice@app.example.org/',
    ],
    ...['https://:x@app.example.org/', 'https://@app.example.org/', 'https://evil.example#@app.example.org/'],
    // No page of the web.
    ...[
      'javascript:alert(1)',
      'JavaScript://app.example.org/%0aalert(1)',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
    ],
    ...[
      'blob:https://app.example.org/1',
      'view-source:https://app.example.org/',
      'ftp://app.example.org/',
      'about:blank',
    ],
    ...['capacitor://localhost', 'capacitor://localhost/', 'null'],
    // Characters that programs drop, and halves of characters.
    ...[
      ' https://app.example.org/',
      'https://app.example.org/ ',
      'https://app.example.org/\r\nSet-Cookie: a=b',
      '/account\u0000',
    ],
    ...[
      'java\tscript:alert(1)',
      'https://app.example.org/\u2028',
      'https://app.example.org/\u200b',
      '\ufeff/account',
    ],
    ...[
      'https://app.example.org/\u202egro',
      'https://app.example.org/\ud800',
      'https://app。example。org\u00ad/',
      '/\u007f',
    ],
    // Faulty hosts.
    ...[
      'https://',
      'https://[',
      'https://app.example.org:99999/',
      'https://%61pp.example.org%2f@evil.example/',
      'https://?',
      'https://#',
    ],
    // The login page itself.
    ...['/login', '/login?return_to=/login', 'https://id.example.org/login#x', '/account/../login'],
  ])('refuses %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('takes 2048 characters, as they were given and as they are sent', () => {
    const longest = `https://app.example.org/${'a'.repeat(2048 - 24)}`;
    expect(read(longest)).toBe(longest);
    expect(read(`${longest}a`)).toBeUndefined();
    expect(read(`/${'é'.repeat(400)}`)).toBeUndefined();
    expect(read(`/${'é'.repeat(300)}`)).toHaveLength(22 + 1 + 6 * 300);
  });

  it('knows its own origin by LOGIN_PAGE_URL, and takes no path where it has none', () => {
    const other = { LOGIN_PAGE_URL: 'https://www.example.org/sso/login' };
    expect(read('/account', other)).toBe('https://www.example.org/account');
    expect(read('https://id.example.org/account', other)).toBeUndefined();
    expect(read('https://www.example.org/sso/login', other)).toBeUndefined();
    const nameless = { JWT_ISSUER: 'gatehouse' };
    expect(read('/account', nameless)).toBeUndefined();
    expect(read('https://app.example.org/', nameless)).toBe('https://app.example.org/');
  });
});

describe('the address of the login page', () => {
  const addressWith = (more: Readonly<Record<string, string>>) => loginPage(settingsOf(more))?.href;

  it('is as set, else below the issuer', () => {
    expect(addressWith({})).toBe('https://id.example.org/login');
    expect(addressWith({ JWT_ISSUER: 'https://id.example.org/realm/' })).toBe(
      'https://id.example.org/realm/login',
    );
    expect(addressWith({ LOGIN_PAGE_URL: 'https://www.example.org/sso?a=b' })).toBe(
      'https://www.example.org/sso?a=b',
    );
  });

  it('is unknown without pages, and without a setting that is an address', () => {
    expect(addressWith({ PAGES: 'false' })).toBeUndefined();
    expect(addressWith({ JWT_ISSUER: 'gatehouse' })).toBeUndefined();
  });
});
