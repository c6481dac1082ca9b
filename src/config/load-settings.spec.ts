import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, loadSettings } from './load-settings';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

const production = { NODE_ENV: 'production', STRATEGIES: 'file' };

describe('loadSettings', () => {
  it('starts without any variable', () => {
    const { settings, warnings } = loadSettings({});
    expect(settings.PORT).toBe(3000);
    expect(settings.RATE_LIMIT_AUTH_MAX).toBe(20);
    expect(settings.STRATEGIES).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('reads "false" as false and an empty text as absent', () => {
    expect(loadSettings({ COOKIE_SECURE: 'false' }).settings.COOKIE_SECURE).toBe(false);
    expect(loadSettings({ COOKIE_SECURE: '', PORT: '' }).settings.COOKIE_SECURE).toBeUndefined();
  });

  it('reports all faults together, by name and without any value', () => {
    const faults = faultsOf({
      PORT: 'canary-port',
      COOKIE_SAMESITE: 'canary-samesite',
      LDAP_URL: 'http://canary-host',
      STRATEGIES: 'ldap,canary-strategy',
      TRUSTED_PROXIES: 'canary-proxy',
      EXTERNAL_AUTH_EXTRA_BODY: '["canary-body"]',
    });
    const names = faults.map((fault) => fault.split(' ')[0]);
    expect(names).toEqual([
      'PORT',
      'TRUSTED_PROXIES',
      'STRATEGIES',
      'LDAP_URL',
      'EXTERNAL_AUTH_EXTRA_BODY',
      'COOKIE_SAMESITE',
    ]);
    expect(faults.join()).not.toContain('canary');
  });

  it('names what a chosen strategy is missing', () => {
    const faults = faultsOf({ STRATEGIES: 'ldap,external' }).join('\n');
    expect(faults).toContain('LDAP_URL is needed');
    expect(faults).toContain('LDAP_BASE_DN is needed');
    expect(faults).toContain('EXTERNAL_AUTH_URL is needed');
  });

  it('gives each further directory the settings of its name', () => {
    const { settings, warnings } = loadSettings({
      STRATEGIES: 'ldap,ldap.partners',
      LDAP_URL: 'ldaps://dc1.example.org, ldaps://dc2.example.org',
      LDAP_DOMAIN: 'ad.example.org',
      LDAP_PARTNERS_URL: 'srv:partners.example.org',
      LDAP_PARTNERS_BASE_DN: 'dc=partners',
      LDAP_PARTNERS_BIND_PASSWORD_FILE: '',
    });
    expect(settings.ldapDirectories['ldap']?.LDAP_URL).toEqual([
      'ldaps://dc1.example.org',
      'ldaps://dc2.example.org',
    ]);
    expect(settings.ldapDirectories['ldap.partners']).toMatchObject({
      LDAP_URL: ['srv:partners.example.org'],
      LDAP_BASE_DN: 'dc=partners',
      LDAP_DOMAIN: undefined,
      LDAP_CONNECT_TIMEOUT_MS: 2000,
    });
    expect(warnings).toEqual([]);
  });

  it('names the variables of a further directory in its faults and typos', () => {
    expect(faultsOf({ STRATEGIES: 'ldap.partners', LDAP_PARTNERS_MAX_IDLE_MS: 'canary' })).toEqual([
      'LDAP_PARTNERS_MAX_IDLE_MS must be a whole number from 100 to 3600000',
      'LDAP_PARTNERS_URL is needed by STRATEGIES=ldap.partners',
      'LDAP_PARTNERS_BASE_DN is needed by STRATEGIES=ldap.partners (or LDAP_PARTNERS_DOMAIN, from which it is derived)',
    ]);
    expect(
      faultsOf({ STRATEGIES: 'ldap.group', LDAP_GROUP_URL: 'ldap://127.0.0.1', LDAP_GROUP_DOMAIN: 'x' })[0],
    ).toContain('choose another name');
    const env = {
      STRATEGIES: 'ldap.partners',
      LDAP_PARTNERS_URL: 'ldap://[::1]',
      LDAP_PARTNERS_BASEDN: 'x',
      LDAP_PARTNERS_DOMAIN: 'x',
    };
    expect(loadSettings(env).warnings).toEqual([
      'LDAP_PARTNERS_BASEDN is no setting; did you mean LDAP_PARTNERS_BASE_DN?',
    ]);
  });

  describe('secrets from files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
    const path = join(folder, 'secret');

    it('reads the file without the line break at its end', () => {
      writeFileSync(path, 'a-secret-of-more-than-thirty-two-bytes\n');
      expect(loadSettings({ JWT_SECRET_FILE: path }).settings.JWT_SECRET).toBe(
        'a-secret-of-more-than-thirty-two-bytes',
      );
    });

    it('refuses a missing file, an empty one, and a secret that is set twice', () => {
      writeFileSync(join(folder, 'empty'), '\n');
      expect(faultsOf({ JWT_SECRET_FILE: join(folder, 'none') })[0]).toContain(
        'JWT_SECRET_FILE names (ENOENT)',
      );
      expect(faultsOf({ JWT_SECRET_FILE: join(folder, 'empty') })[0]).toContain('empty file');
      expect(faultsOf({ JWT_SECRET_FILE: path, JWT_SECRET: 'x'.repeat(40) })[0]).toContain('set twice');
    });
  });

  describe('in production', () => {
    it.each([
      ['demo users', { NODE_ENV: 'production' }, 'STRATEGIES'],
      ['a short secret', { ...production, JWT_SECRET: 'Zq8-too-short' }, 'JWT_SECRET'],
      [
        'a placeholder secret',
        { ...production, JWT_SECRET: 'please-change-me-please-change-me-now' },
        'JWT_SECRET',
      ],
      ['one letter repeated', { ...production, JWT_SECRET: 'x'.repeat(40) }, 'JWT_SECRET'],
      [
        'another placeholder',
        { ...production, JWT_SECRET: 'your-256-bit-secret-your-256-bit-secret' },
        'JWT_SECRET',
      ],
      [
        'passwords in clear to another host',
        { ...production, STRATEGIES: 'external', EXTERNAL_AUTH_URL: 'http://auth.example.org' },
        'EXTERNAL_AUTH_URL',
      ],
      ['insecure cookies', { ...production, COOKIE_SECURE: 'false' }, 'COOKIE_SECURE'],
    ])('refuses %s', (_case, env, name) => {
      expect(faultsOf(env)).toHaveLength(1);
      expect(faultsOf(env)[0]).toMatch(new RegExp(`^${name}\\b`));
    });

    it('allows insecure cookies with the explicit override, and a good secret', () => {
      const env = { ...production, COOKIE_SECURE: 'false', COOKIE_SECURE_OVERRIDE: 'true' };
      expect(loadSettings(env).settings.COOKIE_SECURE).toBe(false);
      expect(faultsOf({ ...production, JWT_SECRET: 'mB7kq2vN9sXw4tYc1zRf8hLj3pDg6aUe' })).toEqual([]);
    });
  });

  it('does not call missing what could not be read, and hints at a misspelt name beside the fault', () => {
    expect(faultsOf({ STRATEGIES: 'LDAP', LDAP_URL: '127.0.0.1:389', LDAP_BASE_DN: 'dc=x' })).toHaveLength(1);
    const env = { STRATEGIES: 'ldap', LDAP_URL: 'ldap://127.0.0.1', LDAP_BASEDN: 'dc=canary' };
    expect(() => loadSettings(env)).toThrow(
      /LDAP_BASE_DN is needed[\s\S]*LDAP_BASEDN is no setting; did you mean LDAP_BASE_DN/,
    );
  });

  it('warns of settings that have no effect because STRATEGIES is empty', () => {
    expect(loadSettings({ EXTERNAL_AUTH_URL: 'http://127.0.0.1' }).warnings[0]).toContain(
      'STRATEGIES is empty',
    );
  });

  it.each(['0.0.0.0/0', '::/0', '10.0.0.0/33', 'proxy'])('refuses %s as a trusted proxy', (network) => {
    expect(faultsOf({ TRUSTED_PROXIES: network })[0]).toMatch(/^TRUSTED_PROXIES /);
  });

  it('refuses SameSite=None without Secure', () => {
    expect(faultsOf({ COOKIE_SAMESITE: 'None' })[0]).toContain('COOKIE_SECURE=true');
    expect(faultsOf({ COOKIE_SAMESITE: 'none', COOKIE_SECURE: 'true' })).toEqual([]);
  });

  it('warns of names that look like typos, and leaves foreign ones alone', () => {
    const { warnings } = loadSettings({
      LDAP_BASEDN: 'dc=canary',
      JTW_SECRET: 'canary',
      EXTERNAL_AUTH_COLOUR: 'canary',
      PATH: '/bin',
      LDAPTLS_CACERT: 'x',
      HOSTNAME: 'box',
      JWT_SECRET_FILE: '',
    });
    expect(warnings).toEqual([
      'LDAP_BASEDN is no setting; did you mean LDAP_BASE_DN?',
      'JTW_SECRET is no setting; did you mean JWT_SECRET?',
      'EXTERNAL_AUTH_COLOUR is no setting and has no effect',
    ]);
  });
});
