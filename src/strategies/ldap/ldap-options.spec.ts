import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { loadSettings } from '../../config/load-settings';
import { ldapOptions, type LdapOptions } from './ldap-options';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-ldap-options-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'ca.pem');
  writeFileSync(path, content);
  return path;
}

function options(env: Record<string, string>): LdapOptions {
  const LDAP_URL = 'ldaps://dc1.example.org';
  return ldapOptions(loadSettings({ LDAP_URL, LDAP_BASE_DN: 'dc=example', ...env }).settings);
}

const account = { LDAP_BIND_DN: 'cn=gateway,dc=example', LDAP_BIND_PASSWORD: 'canary-secret' };
const domain = { LDAP_DOMAIN: 'ad.example.org' };

describe('ldapOptions', () => {
  it.each([
    ['search without anything', {}, 'search'],
    ['search with a service account', account, 'search'],
    ['upn with a domain', domain, 'upn'],
    ['search with a domain and a service account', { ...domain, ...account }, 'search'],
    ['what LDAP_BIND_MODE says', { ...domain, ...account, LDAP_BIND_MODE: 'upn' }, 'upn'],
    ['search when LDAP_BIND_MODE says so', { ...domain, LDAP_BIND_MODE: 'search' }, 'search'],
  ])('chooses %s', (_, env, mode) => {
    expect(options(env).bind.mode).toBe(mode);
  });

  it('derives the base DN from the domain unless there is one', () => {
    expect(options({ ...domain, LDAP_BASE_DN: '' }).people.baseDn).toBe('DC=ad,DC=example,DC=org');
    expect(options(domain).people.baseDn).toBe('dc=example');
  });

  it('gives TLS options for ldaps:// only, and the name for SNI only when it is a name', () => {
    const LDAP_TLS_CA_FILE = file(rootCertificates[0] ?? '');
    expect(options({ LDAP_TLS_CA_FILE }).directory.tls).toEqual({
      ca: rootCertificates[0],
      servername: 'dc1.example.org',
    });
    expect(options({ LDAP_URL: 'ldaps://[::1]:636' }).directory.tls).toEqual({});
    const plain = options({ LDAP_URL: 'ldap://dc1.example.org', LDAP_TLS_CA_FILE });
    expect(plain.directory.tls).toBeUndefined();
    expect(plain.warnings).toEqual([
      'LDAP_TLS_CA_FILE has no effect with ldap://',
      'LDAP_URL is ldap://: passwords cross the network in clear text',
    ]);
  });

  it.each(['ldap://127.0.0.1:3389', 'ldap://localhost', 'ldap://[::1]', 'ldaps://dc1.example.org'])(
    'warns of nothing for %s',
    (LDAP_URL) => {
      expect(options({ LDAP_URL }).warnings).toEqual([]);
    },
  );

  it('passes only protocol, host and port on', () => {
    expect(options({ LDAP_URL: 'ldaps://[::1]:1636/dc=x??sub' }).directory.url).toBe('ldaps://[::1]:1636');
  });

  it.each([
    ['LDAP_TLS_CA_FILE cannot be read (ENOENT)', { LDAP_TLS_CA_FILE: join(folder, 'missing') }],
    ['LDAP_URL is needed', { LDAP_URL: '' }],
    ['LDAP_BASE_DN is needed', { LDAP_BASE_DN: '' }],
    ['LDAP_DOMAIN is needed by LDAP_BIND_MODE=upn', { LDAP_BIND_MODE: 'upn' }],
    ['LDAP_BIND_PASSWORD is needed', { LDAP_BIND_DN: account.LDAP_BIND_DN }],
    ['LDAP_BIND_DN must be a DN', { ...account, LDAP_BIND_DN: 'EXTERNAL' }],
    ['LDAP_USER_FILTER is no LDAP filter', { LDAP_USER_FILTER: '(uid={username}' }],
  ])('stops the start with "%s"', (fault, env) => {
    expect(() => options(env)).toThrow(fault);
  });

  it('refuses a file of authorities that holds no certificate', () => {
    const LDAP_TLS_CA_FILE = file('not a certificate');
    expect(() => options({ LDAP_TLS_CA_FILE })).toThrow('LDAP_TLS_CA_FILE holds no PEM certificate');
  });
});
