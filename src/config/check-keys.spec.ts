import { ConfigurationError, type Environment, loadSettings } from './load-settings';

const longSecret = 'q7Rk2vN9sXw4tYc1zRf8hLj3pDg6aUe0';
const production = {
  NODE_ENV: 'production',
  STRATEGIES: 'external',
  EXTERNAL_AUTH_URL: 'https://auth.example.org',
  JWT_ISSUER: 'https://issuer',
  JWT_AUDIENCE: 'api',
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

describe('the settings of the signing keys', () => {
  it('need nothing, and are ES256 then', () => {
    const { settings, warnings } = loadSettings(production);
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      SIGNING_KEY_MAX_AGE_SECONDS: 2_592_000,
      SIGNING_KEY_LEAD_SECONDS: 86_400,
    });
  });

  it.each([
    ['KEY_ENCRYPTION_KEY', { KEY_ENCRYPTION_KEY: 'canary of 31 bytes, one too few' }],
    ['KEY_ENCRYPTION_KEY', { ...production, KEY_ENCRYPTION_KEY: 'change-me canary canary canary canary' }],
    ['KEY_ENCRYPTION_KEY', { KEY_ENCRYPTION_KEY_PREVIOUS: longSecret }],
    [
      'KEY_ENCRYPTION_KEY_PREVIOUS',
      { KEY_ENCRYPTION_KEY: longSecret, KEY_ENCRYPTION_KEY_PREVIOUS: 'canary' },
    ],
    [
      'KEY_ENCRYPTION_KEY_PREVIOUS',
      { KEY_ENCRYPTION_KEY: longSecret, KEY_ENCRYPTION_KEY_PREVIOUS: longSecret },
    ],
    ['JWT_ALGORITHM', { JWT_ALGORITHM: 'EdDSA' }],
    ['JWT_ALGORITHM', { JWT_ALGORITHM: 'none' }],
    ['JWT_SECRET', { JWT_ALGORITHM: 'HS256' }],
    ['JWT_SECRET', { ...production, JWT_SECRET: 'canary' }],
    ['SIGNING_KEY_LEAD_SECONDS', { SIGNING_KEY_LEAD_SECONDS: '359' }],
    ['SIGNING_KEY_LEAD_SECONDS', { SIGNING_KEY_LEAD_SECONDS: '3601', SIGNING_KEY_MAX_AGE_SECONDS: '3600' }],
  ])('have a fault in %s with %p', (name, env) => {
    const faults = faultsOf(env);
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([name]);
    expect(faults.join()).not.toContain('canary');
  });

  const redis = { ...production, REDIS_URL: 'rediss://redis.example.org' };
  it.each([
    ['whoever can read Redis can sign tokens', redis],
    ['JWT_SECRET has no effect with JWT_ALGORITHM=PS256', { JWT_ALGORITHM: 'PS256', JWT_SECRET: longSecret }],
    ['KEY_ENCRYPTION_KEY has no effect', { JWT_SECRET: longSecret, KEY_ENCRYPTION_KEY: longSecret }],
    ['JWT_SECRET is shorter', { JWT_SECRET: 'short' }],
    ['SIGNING_KEY_MAX_AGE_SECONDS', { SIGNING_KEY_MAX_AGE_SECOND: '1' }],
  ])('warn: %s', (text, env: Environment) => {
    const { warnings } = loadSettings(env);
    expect(warnings.filter((warning) => warning.includes(text))).toHaveLength(1);
  });

  it('do not warn of Redis where the keys are sealed, or where there are none', () => {
    for (const more of [{ KEY_ENCRYPTION_KEY: longSecret }, { JWT_SECRET: longSecret }]) {
      expect(loadSettings({ ...redis, ...more }).warnings).toEqual([]);
    }
  });
});
