import { ConfigurationError, type Environment, loadSettings } from './load-settings';
import { describeRedisAddresses } from './redis-addresses';

function faultsOf(env: Environment): readonly string[] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

const local = { REDIS_URL: 'redis://127.0.0.1' };
const production = {
  NODE_ENV: 'production',
  KEY_ENCRYPTION_KEY: 'q7Rk2vN9sXw4tYc1zRf8hLj3pDg6aUe0',
  STRATEGIES: 'file',
  JWT_ISSUER: 'https://auth.example.org',
  JWT_AUDIENCE: 'app',
};

describe('the settings of the store', () => {
  it('are those of the embedded one without REDIS_URL', () => {
    const { settings, warnings } = loadSettings({});
    expect(settings.REDIS_URL).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('read an address with all its parts', () => {
    const { settings, warnings } = loadSettings({ REDIS_URL: 'rediss://user:p%40ss%2Cword@[::1]:7000/3' });
    expect(settings.REDIS_URL).toEqual({
      hosts: [{ host: '::1', port: 7000 }],
      tls: true,
      username: 'user',
      password: 'p@ss,word',
      database: 3,
    });
    expect(warnings).toEqual([]);
  });

  it('read several addresses, of which one or all hold the login', () => {
    const sentinel = { REDIS_MODE: 'sentinel', REDIS_SENTINEL_PASSWORD: 'canary' };
    const urls = 'redis://:pass@a.example.org, redis://:pass@b.example.org:1/2,redis://c.example.org';
    expect(loadSettings({ ...sentinel, REDIS_URL: urls }).settings.REDIS_URL).toEqual({
      hosts: [{ host: 'a.example.org' }, { host: 'b.example.org', port: 1 }, { host: 'c.example.org' }],
      tls: false,
      password: 'pass',
      database: 2,
    });
  });

  it('are shown without user and password', () => {
    const REDIS_URL = 'rediss://canary:canary@a:1/3,rediss://[::1]';
    const { settings } = loadSettings({ REDIS_MODE: 'sentinel', REDIS_URL });
    expect(settings.REDIS_URL && describeRedisAddresses(settings.REDIS_URL)).toBe(
      'rediss://a:1,rediss://[::1]',
    );
  });

  it.each<[string, Environment]>([
    ['REDIS_URL', { REDIS_URL: 'http://canary' }],
    ['REDIS_URL', { REDIS_URL: 'canary' }],
    ['REDIS_URL', { REDIS_URL: 'redis://:canary@' }],
    ['REDIS_URL', { REDIS_URL: 'redis://host/canary' }],
    ['REDIS_URL', { REDIS_URL: 'redis://host?canary=1' }],
    ['REDIS_URL', { REDIS_URL: 'redis://:%canary@host' }],
    ['REDIS_URL', { REDIS_URL: 'redis://canary@host' }],
    ['REDIS_URL', { REDIS_URL: 'redis://a,redis://b' }],
    ['REDIS_URL', { REDIS_MODE: 'sentinel', REDIS_URL: 'redis://a,rediss://b' }],
    ['REDIS_URL', { REDIS_MODE: 'sentinel', REDIS_URL: 'redis://:canary@a,redis://:canary2@b' }],
    ['REDIS_URL', { REDIS_MODE: 'cluster', REDIS_URL: 'redis://a/1' }],
    ['REDIS_URL', { REDIS_MODE: 'cluster', REDIS_URL: '' }],
    ['REDIS_KEY_PREFIX', { REDIS_KEY_PREFIX: 'é'.repeat(33) }],
    ['REDIS_KEY_PREFIX', { REDIS_MODE: 'cluster', REDIS_KEY_PREFIX: '{canary}' }],
    ['REDIS_TLS_KEY_FILE', { REDIS_TLS_CERT_FILE: '/canary' }],
    ['REDIS_TLS_CERT_FILE', { REDIS_TLS_KEY_FILE: '/canary' }],
    ['REDIS_MODE', { REDIS_MODE: 'canary' }],
    ['REDIS_WAIT_REPLICAS', { REDIS_WAIT_REPLICAS: '-1' }],
  ])('have a fault in %s with %p', (name, env) => {
    const faults = faultsOf({ ...local, ...env });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([name]);
    expect(faults.join()).not.toContain('canary');
  });

  it('let no session leave the machine readable in production, unless that is wanted', () => {
    const remote = { ...production, REDIS_URL: 'redis://redis.example.org' };
    expect(faultsOf(remote).join()).toMatch(/^REDIS_URL is redis:.*REDIS_ALLOW_PLAINTEXT=true$/);
    const allowed = loadSettings({ ...remote, REDIS_ALLOW_PLAINTEXT: 'true' });
    expect(allowed.warnings.join()).toContain('REDIS_ALLOW_PLAINTEXT');
    for (const REDIS_URL of ['redis://localhost', 'redis://[::1]', 'rediss://redis.example.org']) {
      expect(loadSettings({ ...production, REDIS_URL }).warnings).toEqual([]);
    }
  });

  it('keep placeholders out of production', () => {
    const faults = faultsOf({ ...production, REDIS_URL: 'redis://:changeme@localhost' });
    expect(faults).toEqual(['REDIS_URL is a placeholder']);
  });

  it.each<[string, Environment]>([
    ['REDIS_TLS_CA_FILE', { ...local, REDIS_TLS_CA_FILE: '/ca.pem' }],
    ['REDIS_SENTINEL_PASSWORD', { ...local, REDIS_SENTINEL_PASSWORD: 'canary' }],
    ['REDIS_WAIT_REPLICAS', { ...local, REDIS_MODE: 'sentinel' }],
    ['REDIS_WAIT_REPLICAS', { ...local, REDIS_MODE: 'cluster' }],
    ['REDIS_KEYPREFIX', { ...local, REDIS_KEYPREFIX: 'canary' }],
  ])('warn of %s', (name, env) => {
    const warnings = loadSettings(env).warnings.join();
    expect(warnings).toContain(name);
    expect(warnings).not.toContain('canary');
  });

  it('are quiet where replicas are waited for', () => {
    const sentinels = { ...local, REDIS_MODE: 'sentinel', REDIS_WAIT_REPLICAS: '1' };
    expect(loadSettings(sentinels).warnings).toEqual([]);
  });
});
