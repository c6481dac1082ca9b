import { createLogger } from '../../common/logger';
import { loadSettings } from '../../config/load-settings';
import { StrategyUnavailable } from '../credential-strategy';
import { LdapStrategy } from './ldap.strategy';

const partners = {
  STRATEGIES: 'ldap.partners',
  LDAP_PARTNERS_URL: 'srv:example.org',
  LDAP_PARTNERS_BASE_DN: 'dc=example',
  LDAP_PARTNERS_ALLOW_PLAINTEXT: 'true',
};

function strategy(env: Record<string, string>, lines: string[] = []): LdapStrategy {
  const settings = loadSettings(env).settings.ldapDirectories['ldap.partners'];
  if (settings === undefined) throw new Error('no such directory');
  const logger = createLogger('trace', { write: (line: string) => lines.push(line) });
  const resolveSrv = () => Promise.reject(new Error('querySrv ENOTFOUND'));
  return new LdapStrategy({ name: 'ldap.partners', settings, logger, resolveSrv });
}

describe('a further directory names its own variables', () => {
  it('at the start', () => {
    expect(() => strategy({ ...partners, LDAP_PARTNERS_USER_FILTER: '(uid={username}' })).toThrow(
      'LDAP_PARTNERS_USER_FILTER is no LDAP filter',
    );
  });

  it('in warnings', () => {
    const lines: string[] = [];
    strategy(partners, lines);
    expect(lines.join()).toContain('"LDAP_PARTNERS_ALLOW_PLAINTEXT: passwords may');
  });

  it('in outages, which keep their cause and their time', async () => {
    const credentials = { username: 'alice', password: 'x' };
    const context = { requestId: 'request-1', address: '127.0.0.1' };
    const ldap = strategy(partners);
    const message: unknown = expect.stringMatching(/^ldap\.partners: DNS names .*\(LDAP_PARTNERS_URL\)$/);
    for (const attempt of [
      ldap.authenticate(credentials, context),
      ldap.changePassword(credentials, 'new', context),
      ldap.reread?.({
        subject: 'ldap.partners:00000000-0000-4000-8000-000000000000',
        username: 'alice',
        displayName: 'Alice',
        groups: [],
        roles: [],
        attributes: {},
        strategy: 'ldap.partners',
      }),
    ]) {
      const outcome: unknown = await attempt?.catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(StrategyUnavailable);
      expect(outcome).toMatchObject({
        message,
        options: { retryAfterSeconds: 5, cause: { name: 'NoServers' } },
      });
    }
  });

  it('in the log of a server that went away, and in its health', async () => {
    const lines: string[] = [];
    const ldap = strategy({ ...partners, LDAP_PARTNERS_URL: 'ldap://directory.invalid' }, lines);
    await ldap
      .authenticate({ username: 'alice', password: 'x' }, { requestId: 'r', address: '127.0.0.1' })
      .catch(() => undefined);
    await ldap.close();
    expect(lines.filter((line) => line.includes('left alone')).join()).toContain('LDAP_PARTNERS_URL');
    expect(ldap.health()[0]?.lastError).toContain('LDAP_PARTNERS_URL');
  });
});
