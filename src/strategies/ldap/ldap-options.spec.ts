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

  it('chooses a template when there is one, and its parent for searches', () => {
    const LDAP_USER_DN_TEMPLATE = 'uid={username},ou=people,dc=x';
    const { bind, people, directory } = options({ LDAP_USER_DN_TEMPLATE, LDAP_BASE_DN: '', ...account });
    expect(bind).toEqual({ mode: 'template', template: LDAP_USER_DN_TEMPLATE });
    expect(people.baseDn).toBe('ou=people,dc=x');
    expect(directory.serviceAccount?.name).toBe(account.LDAP_BIND_DN);
  });

  it('takes several addresses in their order', () => {
    const { servers } = options({
      LDAP_URL: 'ldaps://dc1.example.org, ldaps://[::1]:1636/dc=x??sub',
    }).directory;
    expect(servers).toEqual([
      { kind: 'fixed', address: { protocol: 'ldaps:', host: 'dc1.example.org', port: 636 } },
      { kind: 'fixed', address: { protocol: 'ldaps:', host: '::1', port: 1636 } },
    ]);
  });

  it('warns of what has no effect and of what is not safe', () => {
    const LDAP_TLS_CA_FILE = file(rootCertificates[0] ?? '');
    const plain = { LDAP_URL: 'ldap://dc1.example.org', LDAP_TLS_CA_FILE, LDAP_ALLOW_PLAINTEXT: 'true' };
    expect(options(plain).warnings).toEqual([
      'LDAP_TLS_CA_FILE has no effect with ldap:// and without LDAP_START_TLS',
      'LDAP_ALLOW_PLAINTEXT: passwords may cross the network readable',
    ]);
    expect(options({ ...plain, LDAP_START_TLS: 'true' }).warnings).toEqual([]);
  });

  it('takes the DN of the default policy, and warns where a threshold makes it idle', () => {
    const LDAP_LOCKOUT_POLICY_DN = 'cn=default,ou=policies,dc=example';
    expect(options({}).defaultPolicyDn).toBeUndefined();
    expect(options({ LDAP_LOCKOUT_POLICY_DN })).toMatchObject({
      defaultPolicyDn: LDAP_LOCKOUT_POLICY_DN,
      warnings: [],
    });
    expect(options({ LDAP_LOCKOUT_POLICY_DN, LDAP_LOCKOUT_THRESHOLD: '5' }).warnings).toEqual([
      'LDAP_LOCKOUT_POLICY_DN has no effect with LDAP_LOCKOUT_THRESHOLD',
    ]);
    expect(() => options({ LDAP_LOCKOUT_POLICY_DN: 'default' })).toThrow(
      'LDAP_LOCKOUT_POLICY_DN must be a DN',
    );
  });

  it('does not warn of readable passwords where every address is safe', () => {
    const safe = { LDAP_URL: 'ldaps://dc1.example.org, ldap://localhost', LDAP_ALLOW_PLAINTEXT: 'true' };
    expect(options(safe).warnings).toEqual([]);
    expect(options({ ...safe, LDAP_URL: 'srv:example.org' }).warnings).toHaveLength(1);
  });

  it.each(['ldap://127.0.0.1:3389', 'ldap://localhost', 'ldap://[::1]', 'ldaps://dc1.example.org'])(
    'warns of nothing for %s',
    (LDAP_URL) => {
      expect(options({ LDAP_URL }).warnings).toEqual([]);
    },
  );

  it.each([
    ['LDAP_TLS_CA_FILE cannot be read (ENOENT)', { LDAP_TLS_CA_FILE: join(folder, 'missing') }],
    ['LDAP_URL is needed', { LDAP_URL: '' }],
    ['LDAP_URL (address 2): ldap:// to another host', { LDAP_URL: 'ldaps://a,ldap://b' }],
    ['LDAP_USER_DN_TEMPLATE is needed', { LDAP_BIND_MODE: 'template' }],
    ['must be a DN that holds {username}', { LDAP_USER_DN_TEMPLATE: '{username},dc=x' }],
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
