import { loadSettings } from './load-settings';

function faultsOf(env: Readonly<Record<string, string>>): string {
  try {
    loadSettings(env);
    return '';
  } catch (error) {
    return typeof error === 'object' && error !== null && 'faults' in error ? String(error.faults) : '?';
  }
}

describe('COOKIE_PREFIX', () => {
  it.each(['__Secure-', '__Host-'])('%s needs Secure cookies', (COOKIE_PREFIX) => {
    expect(faultsOf({ COOKIE_PREFIX })).toContain(`COOKIE_PREFIX=${COOKIE_PREFIX} needs COOKIE_SECURE=true`);
    expect(faultsOf({ COOKIE_PREFIX, COOKIE_SECURE: 'true' })).toBe('');
  });

  it('__Host- excludes a domain', () => {
    const env = { COOKIE_SECURE: 'true', COOKIE_DOMAIN: 'example.org' };
    expect(faultsOf({ ...env, COOKIE_PREFIX: '__Host-' })).toContain('excludes COOKIE_DOMAIN');
    expect(faultsOf({ ...env, COOKIE_PREFIX: '__Secure-' })).toBe('');
  });
});

describe('COOKIE_DOMAIN', () => {
  it.each(['example.org', '.example.org', 'a.b-c.Example.org', 'xn--e1afmkfd.xn--p1ag', '1.example.org'])(
    'may be %s',
    (domain) => expect(loadSettings({ COOKIE_DOMAIN: domain }).settings.COOKIE_DOMAIN).toBe(domain),
  );

  it.each([
    ...[
      'пример.рф',
      'localhost',
      'org',
      '.org',
      '..example.org',
      'example.org.',
      'example..org',
      'exa_mple.org',
    ],
    ...[
      '127.0.0.1',
      '1.2',
      '[::1]',
      '::1',
      'example.org:8080',
      'https://example.org',
      'example.org; Path=/x',
    ],
    ...[
      '-a.example.org',
      'a-.example.org',
      '*.example.org',
      `${'a'.repeat(64)}.org`,
      `${'a.'.repeat(127)}org`,
    ],
    ...['example.org\r\nX: 1', 'example.org,', 'exa mple.org', 'example.0x7f'],
  ])('refuses %p and names punycode', (domain) => {
    expect(faultsOf({ COOKIE_DOMAIN: domain })).toMatch(/COOKIE_DOMAIN.*punycode/);
  });
});

describe('ALLOWED_ORIGINS', () => {
  it.each(['https://app.example.org', 'http://localhost:5173', 'capacitor://localhost', 'ionic://localhost'])(
    'takes %s',
    (origin) => expect(loadSettings({ ALLOWED_ORIGINS: origin }).settings.ALLOWED_ORIGINS).toEqual([origin]),
  );

  it.each([
    ...[
      'null',
      '*',
      'file://',
      'file://x',
      'https://app.example.org/',
      'https://*.example.org',
      'app.example.org',
    ],
    ...[
      'HTTPS://app.example.org',
      'https://app.example.org:443',
      'https://u:p@app.example.org',
      'capacitor://a/b',
      'capacitor://localhost:99999',
    ],
  ])('refuses %s', (origin) => expect(faultsOf({ ALLOWED_ORIGINS: origin })).toContain('ALLOWED_ORIGINS'));
});
