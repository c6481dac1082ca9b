import { createLogger } from '../src/common/logger';
import {
  type CredentialStrategy,
  type LooksUpPeople,
  looksUpPeople,
} from '../src/strategies/credential-strategy';
import { FileStrategy } from '../src/strategies/file/file.strategy';
import type { UserRecord } from '../src/strategies/file/user-source';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { eventually, identityOf, ldapStrategy, unavailable } from './support/ldap-logins';

let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());

function searching(env: Record<string, string | undefined> = {}): CredentialStrategy & LooksUpPeople {
  const ldap = ldapStrategy({ ...slapd.variables, ...env });
  if (!looksUpPeople(ldap)) throw new Error('This strategy cannot look people up');
  return ldap;
}

describe('looking somebody up by name', () => {
  it('gives the very identity of a login, also when the account is barred', async () => {
    const ldap = ldapStrategy(slapd.variables);
    const known = await identityOf(ldap, 'alice', people.alice.password);
    expect(await ldap.lookUp?.(' ALICE ')).toEqual({ identity: known, isBarred: false });
    expect(await ldap.lookUp?.('locked')).toMatchObject({ identity: { username: 'locked' }, isBarred: true });
  });

  it.each(['nobody-here', '*', 'ali*', '', ' ', 'alice\0', 'alice)(uid=*'])(
    'finds nobody for %p',
    async (name) => {
      expect(await searching().lookUp(name)).toBeUndefined();
    },
  );

  it('asks the directory nothing for what is no name', async () => {
    const ldap = searching();
    await ldap.lookUp('bob');
    // A search of a person that nobody else makes tells when the log has caught up.
    await eventually(() => slapd.countInLog('(uid=bob)') === 1);
    const searchesBefore = slapd.countInLog(' SRCH base=');
    for (const name of ['', ' ', 'carol\0', '\u0007']) await ldap.lookUp(name);
    await ldap.lookUp('carol');
    await eventually(() => slapd.countInLog('(uid=carol)') === 1);
    expect(slapd.countInLog(' SRCH base=')).toBe(searchesBefore + 1);
  });

  it('finds nobody where the name belongs to several', async () => {
    expect(await searching({ LDAP_USER_FILTER: '(title={username})' }).lookUp('Engineer')).toBeUndefined();
  });

  it('is possible only where searches are', async () => {
    const template = {
      LDAP_USER_DN_TEMPLATE: `uid={username},ou=people,${slapd.baseDn}`,
      LDAP_BIND_DN: undefined,
      LDAP_BIND_PASSWORD: undefined,
    };
    expect(looksUpPeople(ldapStrategy({ ...slapd.variables, ...template }))).toBe(false);
    const withAccount = searching({ LDAP_USER_DN_TEMPLATE: template.LDAP_USER_DN_TEMPLATE });
    expect(await withAccount.lookUp('alice')).toMatchObject({ identity: { username: 'alice' } });
  });

  it('is an outage when the directory cannot answer', async () => {
    const failure = await unavailable(searching({ LDAP_BIND_PASSWORD: 'canary-service' }).lookUp('alice'));
    expect(failure.message).not.toContain('canary');
  });

  it('works on a users file, also for somebody who is disabled', async () => {
    const user: UserRecord = {
      ...{ id: 'a1', username: 'Ana', passwordHash: 'canary-hash', email: 'ana@example.org' },
      ...{ groups: [], roles: ['clerk'], disabled: true },
    };
    const logger = createLogger('silent');
    const users = {
      findByName: (name: string) => Promise.resolve(name === 'ana' ? user : undefined),
      findById: () => Promise.resolve(undefined),
    };
    const file = new FileStrategy({ name: 'file', users, logger });
    expect(await file.lookUp(' ANA')).toMatchObject({
      identity: { subject: 'file:a1', username: 'ana', roles: ['clerk'] },
      isBarred: true,
    });
    expect(await file.lookUp('bob')).toBeUndefined();
  });
});
