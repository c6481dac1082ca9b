import { ConfigurationError, type Environment, loadSettings } from './load-settings';

const external = { STRATEGIES: 'external', EXTERNAL_AUTH_URL: 'https://auth.example.org' };
const relay = {
  ...external,
  EXTERNAL_AUTH_MODE: 'relay',
  JWT_ISSUER: 'https://auth.example.org',
  JWT_AUDIENCE: 'app',
};

function faultsOf(env: Environment): readonly string[] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings of the external service', () => {
  it('are fine with an address alone', () => {
    expect(loadSettings(external).warnings).toEqual([]);
    expect(loadSettings(relay).warnings).toEqual([]);
    const pointers = { EXTERNAL_AUTH_SUBJECT: '/claims/oid', EXTERNAL_AUTH_ROLES: '/claims/perfil' };
    expect(faultsOf({ ...relay, ...pointers })).toEqual([]);
  });

  it('take several addresses in order', () => {
    const { settings } = loadSettings({
      ...external,
      EXTERNAL_AUTH_URL: 'https://a.example.org, https://b.example.org/auth',
    });
    expect(settings.EXTERNAL_AUTH_URL.map(({ href }) => href)).toEqual([
      'https://a.example.org/',
      'https://b.example.org/auth',
    ]);
  });

  it('read pointers and values as JSON has them', () => {
    const { settings } = loadSettings({
      ...external,
      EXTERNAL_AUTH_SUBJECT: '/data/id~1n',
      EXTERNAL_AUTH_SUCCESS_VALUE: '"OK"',
    });
    expect(settings.EXTERNAL_AUTH_SUBJECT).toEqual(['data', 'id/n']);
    expect(settings.EXTERNAL_AUTH_SUCCESS_VALUE).toBe('OK');
    expect(settings.EXTERNAL_AUTH_JWT_ALGORITHMS).toEqual(['RS256']);
  });

  it.each<[string, Environment]>([
    ['EXTERNAL_AUTH_URL', { EXTERNAL_AUTH_URL: '' }],
    ['EXTERNAL_AUTH_URL', { EXTERNAL_AUTH_URL: 'https://a.example.org,ldap://b.example.org' }],
    ['EXTERNAL_AUTH_URL', { EXTERNAL_AUTH_URL: 'https://a.example.org,https://a.example.org' }],
    ['EXTERNAL_AUTH_URL', { EXTERNAL_AUTH_URL: 'https://canary@a.example.org' }],
    ['EXTERNAL_AUTH_URL', { EXTERNAL_AUTH_URL: 'https://a.example.org,https://b.example.org?canary' }],
    ['EXTERNAL_AUTH_SUBJECT', { EXTERNAL_AUTH_SUBJECT: 'data.canary' }],
    ['EXTERNAL_AUTH_SUCCESS_VALUE', { EXTERNAL_AUTH_SUCCESS_VALUE: 'canary' }],
    ['EXTERNAL_AUTH_SUCCESS_VALUE', { EXTERNAL_AUTH_SUCCESS_VALUE: '{"a":"canary"}' }],
    ['EXTERNAL_AUTH_JWT_ALGORITHMS', { EXTERNAL_AUTH_JWT_ALGORITHMS: 'RS256,HS256' }],
    ['EXTERNAL_AUTH_JWT_ALGORITHMS', { EXTERNAL_AUTH_JWT_ALGORITHMS: 'none' }],
    ['EXTERNAL_AUTH_HMAC_HEADER', { EXTERNAL_AUTH_HMAC_HEADER: 'not a header' }],
    ['EXTERNAL_AUTH_ADDRESS_HEADER', { EXTERNAL_AUTH_ADDRESS_HEADER: 'Cookie' }],
    ['EXTERNAL_AUTH_ADDRESS_HEADER', { EXTERNAL_AUTH_ADDRESS_HEADER: 'X-Request-Id' }],
    ['EXTERNAL_AUTH_PROFILE_PATH', { EXTERNAL_AUTH_PROFILE_PATH: '/users/me' }],
    ['EXTERNAL_AUTH_SUBJECT', { EXTERNAL_AUTH_PROFILE_PATH: '/users/{username}' }],
    ['EXTERNAL_AUTH_LOGIN_PATH', { EXTERNAL_AUTH_LOGIN_PATH: '/a#canary' }],
    ['EXTERNAL_AUTH_JWKS_PATH', { EXTERNAL_AUTH_JWKS_PATH: '/a canary' }],
    ['EXTERNAL_AUTH_URL', { EXTERNAL_AUTH_URL: 'https://a.example.org/x,https://a.example.org/x/' }],
    ['EXTERNAL_AUTH_ROLES', { EXTERNAL_AUTH_ROLES: 'canary,/a' }],
    ['EXTERNAL_AUTH_PASSWORD_FIELD', { EXTERNAL_AUTH_PASSWORD_FIELD: 'usuario' }],
    ['EXTERNAL_AUTH_REFRESH_COOKIE', { EXTERNAL_AUTH_REFRESH_COOKIE: 'a=b' }],
    [
      'EXTERNAL_AUTH_EXTRA_BODY',
      { EXTERNAL_AUTH_BODY_FORMAT: 'form', EXTERNAL_AUTH_EXTRA_BODY: '{"a":["canary"]}' },
    ],
    ['EXTERNAL_AUTH_SHADOW', { EXTERNAL_AUTH_SHADOW: 'external' }],
    ['LDAP_URL', { EXTERNAL_AUTH_SHADOW: 'ldap' }],
    ['LDAP_NEW_URL', { EXTERNAL_AUTH_SHADOW: 'ldap.new' }],
  ])('have a fault in %s with %p', (name, env) => {
    const faults = faultsOf({ ...external, ...env });
    expect(faults.map((fault) => fault.split(' ')[0])).toContain(name);
    expect(faults.join()).not.toContain('canary');
  });

  it.each<[string, Environment]>([
    ['JWT_ISSUER', { JWT_ISSUER: '' }],
    ['JWT_AUDIENCE', { JWT_AUDIENCE: '' }],
    ['STRATEGIES', { STRATEGIES: 'external,file' }],
    ['EXTERNAL_AUTH_CLAIMS', { EXTERNAL_AUTH_CLAIMS: 'trusted' }],
    ['EXTERNAL_AUTH_SUBJECT', { EXTERNAL_AUTH_SUBJECT: '/data/id' }],
    ['EXTERNAL_AUTH_ROLES', { EXTERNAL_AUTH_ROLES: '/data/claims' }],
  ])('demand of relay mode: %s', (name, env) => {
    expect(faultsOf({ ...relay, ...env }).map((fault) => fault.split(' ')[0])).toEqual([name]);
  });

  it.each<[string, Environment]>([
    ['EXTERNAL_AUTH_CLAIMS', { ...external, EXTERNAL_AUTH_CLAIMS: 'trusted' }],
    ['EXTERNAL_AUTH_PROFILE_PATH', { ...relay, EXTERNAL_AUTH_PROFILE_PATH: '/users/{subject}' }],
    ['EXTERNAL_AUTH_JWT_ISSUER', { ...relay, EXTERNAL_AUTH_JWT_ISSUER: 'x' }],
    ['EXTERNAL_AUTH_EXTRA_BODY', { ...external, EXTERNAL_AUTH_EXTRA_BODY: '{"usuario":"x"}' }],
    [
      'EXTERNAL_AUTH_TLS_CA_FILE',
      { ...external, EXTERNAL_AUTH_URL: 'http://127.0.0.1', EXTERNAL_AUTH_TLS_CA_FILE: 'ca.pem' },
    ],
    ['EXTERNAL_AUTH_SUCCESS_VALUE', { ...external, EXTERNAL_AUTH_SUCCESS_VALUE: '0' }],
    ['EXTERNAL_AUTH_HMAC_SECRET', { ...external, EXTERNAL_AUTH_HMAC_SECRET: 'x' }],
  ])('warn of %s', (name, env) => {
    expect(loadSettings(env).warnings.join()).toContain(name);
  });

  it('give the shadow directory its settings', () => {
    const { settings } = loadSettings({
      ...external,
      EXTERNAL_AUTH_SHADOW: 'ldap.new',
      LDAP_NEW_URL: 'ldaps://ldap.example.org',
      LDAP_NEW_BASE_DN: 'dc=example,dc=org',
    });
    expect(Object.keys(settings.ldapDirectories)).toEqual(['ldap.new']);
  });

  it('keep placeholders and plaintext out of production', () => {
    const production = { ...external, NODE_ENV: 'production', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
    const two = 'https://a.example.org,http://b.example.org';
    expect(faultsOf(production)).toEqual([]);
    expect(faultsOf({ ...production, EXTERNAL_AUTH_URL: two }).join()).toContain(
      'EXTERNAL_AUTH_ALLOW_PLAINTEXT',
    );
    expect(faultsOf({ ...production, EXTERNAL_AUTH_HMAC_SECRET: 'changeme' }).join()).toContain(
      'EXTERNAL_AUTH_HMAC_SECRET',
    );
    expect(faultsOf({ ...production, EXTERNAL_AUTH_BEARER_TOKEN: 'changeme' }).join()).toContain(
      'EXTERNAL_AUTH_BEARER_TOKEN',
    );
  });
});
