import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { loadSettings } from '../../../config/load-settings';
import { plaintextFault, tlsOptionsFor, transportOptions, trustsDnsTargets } from './tls-options';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-options-'));
const certificate = file('cert.pem', rootCertificates[0] ?? '');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const anotherKey = file('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const lockedKey = file(
  'locked.pem',
  privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary-passphrase' })
    .toString(),
);
const noPem = file('text.pem', 'canary-content');

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function optionsOf(env: Readonly<Record<string, string>>) {
  return transportOptions(loadSettings(env).settings);
}

describe('transportOptions', () => {
  it('takes limits and versions as they are set', () => {
    const options = optionsOf({
      LDAP_START_TLS: 'true',
      LDAP_TLS_TIMEOUT_MS: '70',
      LDAP_TLS_MIN_VERSION: 'TLSv1.3',
    });
    expect(options).toMatchObject({
      startTls: true,
      tlsTimeoutMs: 70,
      connectTimeoutMs: 2000,
      operationTimeoutMs: 5000,
    });
    expect(options.tls.minVersion).toBe('TLSv1.3');
  });

  it('reads the authorities', () => {
    const options = optionsOf({ LDAP_TLS_CA_FILE: certificate });
    expect(options.tls.ca).toBe(readFileSync(certificate, 'utf8'));
  });

  it.each<[string, Record<string, string>]>([
    ['LDAP_TLS_CA_FILE cannot be read (ENOENT)', { LDAP_TLS_CA_FILE: join(folder, 'missing') }],
    ['LDAP_TLS_CA_FILE holds no PEM certificate', { LDAP_TLS_CA_FILE: noPem }],
    ['LDAP_TLS_CERT_FILE needs LDAP_TLS_KEY_FILE', { LDAP_TLS_CERT_FILE: certificate }],
    ['LDAP_TLS_KEY_FILE needs LDAP_TLS_CERT_FILE', { LDAP_TLS_KEY_FILE: anotherKey }],
    [
      'LDAP_TLS_CERT_FILE holds no PEM certificate',
      { LDAP_TLS_CERT_FILE: noPem, LDAP_TLS_KEY_FILE: anotherKey },
    ],
    [
      'LDAP_TLS_KEY_FILE cannot be read',
      { LDAP_TLS_CERT_FILE: certificate, LDAP_TLS_KEY_FILE: join(folder, 'x') },
    ],
    [
      'LDAP_TLS_KEY_FILE holds no PEM private key',
      { LDAP_TLS_CERT_FILE: certificate, LDAP_TLS_KEY_FILE: noPem },
    ],
    [
      'LDAP_TLS_KEY_FILE holds no PEM private key',
      { LDAP_TLS_CERT_FILE: certificate, LDAP_TLS_KEY_FILE: lockedKey },
    ],
    ['is not the key of the certificate', { LDAP_TLS_CERT_FILE: certificate, LDAP_TLS_KEY_FILE: anotherKey }],
  ])('refuses with "%s"', (words, env) => {
    expect(() => optionsOf(env)).toThrow(words);
    expect(() => optionsOf(env)).not.toThrow('canary');
  });
});

describe('tlsOptionsFor', () => {
  it.each([
    ['dc1.example.org', undefined, { host: 'dc1.example.org', servername: 'dc1.example.org' }],
    ['dc1.example.org.', undefined, { host: 'dc1.example.org', servername: 'dc1.example.org' }],
    ['127.0.0.1', undefined, { host: '127.0.0.1', servername: undefined }],
    ['::1', undefined, { host: '::1', servername: undefined }],
    ['127.0.0.1', 'ldap.example.org', { host: 'ldap.example.org', servername: 'ldap.example.org' }],
    ['dc1.example.org', '10.0.0.7', { host: '10.0.0.7', servername: undefined }],
  ])('asks %s for the right name (LDAP_TLS_SERVER_NAME: %s)', (host, servername, expected) => {
    expect(tlsOptionsFor(host, { tls: { servername } })).toEqual(expected);
  });
});

describe('trustsDnsTargets', () => {
  it.each<[boolean, Record<string, string>]>([
    [false, {}],
    [true, { LDAP_TLS_CA_FILE: certificate }],
    [true, { LDAP_TLS_SERVER_NAME: 'ldap.example.org' }],
  ])('is %s for %j', (trusts, env) => {
    expect(trustsDnsTargets(optionsOf(env))).toBe(trusts);
  });
});

describe('plaintextFault', () => {
  const strict = { LDAP_START_TLS: false, LDAP_ALLOW_PLAINTEXT: false };

  it.each([
    ['ldaps://dc1.example.org'],
    ['ldap://localhost:389'],
    ['ldap://127.0.0.2'],
    ['ldap://[::1]:389'],
    ['ldaps://dc1.example.org', 'ldap://127.0.0.1'],
  ])('allows %s', (...addresses) => {
    expect(plaintextFault(addresses, strict)).toBeUndefined();
  });

  it.each([
    ['ldap://dc1.example.org'],
    ['ldap://10.0.0.1:389'],
    ['LDAP://dc1.example.org'],
    ['ldap://localhost.example.org'],
    ['ldap://127.example.org'],
    ['ldap://[::2]'],
    ['srv:example.org'],
  ])('refuses %s, and says what to do', (address) => {
    const fault = plaintextFault(['ldaps://ok.example.org', address], strict);
    expect(fault).toMatch(
      /^LDAP_URL \(address 2\): .*LDAP_START_TLS=true.*ldaps:\/\/.*LDAP_ALLOW_PLAINTEXT=true/,
    );
    expect(plaintextFault([address], { ...strict, LDAP_START_TLS: true })).toBeUndefined();
    expect(plaintextFault([address], { ...strict, LDAP_ALLOW_PLAINTEXT: true })).toBeUndefined();
  });
});
