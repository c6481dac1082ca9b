import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from './load-settings';
import type { Settings } from './settings';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secret-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'secret');

function loaded(variable: string, text: string, env: Readonly<Record<string, string>> = {}): Settings {
  writeFileSync(path, text);
  return loadSettings({ ...env, [`${variable}_FILE`]: path }).settings;
}

function exchange({ secretFiles }: Settings, text: string): void {
  writeFileSync(path, text);
  for (const { reread } of secretFiles) reread();
}

const directory = { STRATEGIES: 'ldap,ldap.partners', LDAP_URL: 'ldap://localhost', LDAP_BASE_DN: 'dc=x' };
const partners = { LDAP_PARTNERS_URL: 'ldap://localhost', LDAP_PARTNERS_BASE_DN: 'dc=x' };

describe('a secret in a file', () => {
  it('of a directory changes in its settings', () => {
    const names = { LDAP_BIND_DN: 'cn=x', LDAP_BIND_PASSWORD: 'a', LDAP_PARTNERS_BIND_DN: 'cn=y' };
    const env = { ...directory, ...partners, ...names };
    const settings = loaded('LDAP_PARTNERS_BIND_PASSWORD', 'first\n', env);
    expect(settings.secretFiles.map(({ variable }) => variable)).toEqual(['LDAP_PARTNERS_BIND_PASSWORD']);
    exchange(settings, 'second\r\n');
    expect(settings.ldapDirectories['ldap.partners']?.LDAP_BIND_PASSWORD).toBe('second');
    expect(settings.ldapDirectories['ldap']?.LDAP_BIND_PASSWORD).toBe('a');
  });

  it('of the first directory changes there and in the settings', () => {
    const env = { ...directory, ...partners, LDAP_BIND_DN: 'cn=x' };
    const settings = loaded('LDAP_BIND_PASSWORD', 'first', env);
    exchange(settings, 'second');
    const { LDAP_BIND_PASSWORD: own, ldapDirectories } = settings;
    expect([own, ldapDirectories['ldap']?.LDAP_BIND_PASSWORD]).toEqual(['second', 'second']);
  });

  it.each([
    ['EXTERNAL_AUTH_BEARER_TOKEN', 'good', 'bad canary\n', 'no header can carry'],
    ['EXTERNAL_AUTH_HMAC_SECRET', 'good', '', 'empty file'],
    ['OAUTH_CLIENTS', '[{"client_id":"app"}]', '[{"client_id":"canary ', 'JSON list'],
    [
      'OAUTH_CLIENTS',
      '[{"client_id":"app"}]',
      `[{"client_id":"gatehouse","client_secret_hash":"sha256:${'a'.repeat(64)}"}]`,
      'JWT_CLIENT_ID',
    ],
    ['REDIS_URL', 'redis://:one@localhost', 'redis://:canary@elsewhere', 'next start'],
    ['JWT_SECRET', 'a'.repeat(20) + 'b'.repeat(20), 'canary'.repeat(8), 'next start'],
  ] as const)('%s refuses what cannot be used, and says why without it', (variable, good, bad, words) => {
    const settings = loaded(variable, good);
    const before = settings[variable];
    let fault = '';
    try {
      exchange(settings, bad);
    } catch (error) {
      fault = String(error);
    }
    expect(fault).toContain(words);
    expect(fault).toContain(variable);
    expect(fault).not.toContain('canary');
    expect(settings[variable]).toBe(before);
  });

  it('refuses a placeholder in production, as the start does', () => {
    const env = { NODE_ENV: 'production', STRATEGIES: 'external', EXTERNAL_AUTH_URL: 'https://localhost' };
    const settings = loaded('EXTERNAL_AUTH_HMAC_SECRET', 'Zq8-vw3-Lk1', env);
    expect(() => exchange(settings, 'change-me')).toThrow('EXTERNAL_AUTH_HMAC_SECRET is a placeholder');
  });

  it('gives REDIS_URL another password', () => {
    const settings = loaded('REDIS_URL', 'redis://:one@localhost/3');
    exchange(settings, 'redis://:two@localhost/3');
    expect(settings.REDIS_URL).toMatchObject({ password: 'two', database: 3 });
  });
});
