import { strategyOfConnection } from './genauth-settings';
import { type Environment, loadSettings } from './load-settings';

function load(GENAUTH_CONNECTIONS: string): ReturnType<typeof loadSettings> {
  const directories = { LDAP_URL: 'ldap://127.0.0.1', LDAP_DOMAIN: 'example.org' };
  const env: Environment = { NODE_ENV: 'test', STRATEGIES: 'ldap,file', ...directories, GENAUTH_CONNECTIONS };
  return loadSettings(env);
}

describe('GENAUTH_CONNECTIONS', () => {
  it('says which strategy a connection asks, and nothing of the others', () => {
    const { GENAUTH_CONNECTIONS: pairs } = load('LDAP=ldap, password=File').settings;
    expect((['LDAP', 'PASSWORD', 'AD'] as const).map((name) => strategyOfConnection(pairs, name))).toEqual([
      'ldap',
      'file',
      undefined,
    ]);
  });

  it.each([
    ['LDAP', 'must hold pairs'],
    ['SMS=ldap', 'must hold pairs'],
    ['AD=external', 'STRATEGIES lacks'],
    ['AD=ldap,ad=file', 'twice'],
  ])('refuses %s', (value, fault) => {
    expect(() => load(value)).toThrow(fault);
  });
});
