import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { ldif } from './servers/ldif';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { identityOf, ldapStrategy, login, refused, reread, unavailable } from './support/ldap-logins';

let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());

function strategy(env: Record<string, string | undefined> = {}): LdapStrategy {
  return ldapStrategy({ ...slapd.variables, ...env });
}

describe('rereading somebody', () => {
  const aliceIn = (group: string, change: 'add' | 'delete') =>
    `dn: cn=${group},ou=groups,${slapd.baseDn}\nchangetype: modify\n${change}: member\nmember: ${people.alice.dn}\n`;

  it('gives the same identity while nothing has changed, and sees changed groups', async () => {
    const ldap = strategy();
    const identity = await identityOf(ldap, 'alice', people.alice.password);
    expect(await reread(ldap, identity)).toEqual(identity);
    await slapd.modify(aliceIn('managers', 'add'));
    expect((await reread(ldap, identity))?.groups).toEqual(['engineers', 'managers']);
    await slapd.modify(aliceIn('managers', 'delete'));
    expect((await reread(ldap, identity))?.groups).toEqual(['engineers']);
  });

  it('ends with a lock, a renamed account stays the same person, and a deleted one is gone', async () => {
    const dn = `uid=mallory,ou=people,${slapd.baseDn}`;
    const mallory = { uid: 'mallory', cn: 'Mal Lory', sn: 'Lory', password: 'canary-mallory', dn };
    const { uid, cn, sn, password } = mallory;
    const entry = { dn, objectClass: 'inetOrgPerson', uid, cn, sn, userPassword: password };
    await slapd.modify(ldif([entry]));
    const ldap = strategy();
    const identity = await identityOf(ldap, uid, password);

    await slapd.modify(
      `dn: ${dn}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`,
    );
    expect(await reread(ldap, identity)).toBeUndefined();
    await slapd.modify(`dn: ${dn}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
    expect(await reread(ldap, identity)).toEqual(identity);

    await slapd.modify(`dn: ${dn}\nchangetype: modrdn\nnewrdn: uid=married\ndeleteoldrdn: 1\n`);
    expect(await reread(ldap, identity)).toEqual({ ...identity, username: 'married' });
    await slapd.modify(`dn: uid=married,ou=people,${slapd.baseDn}\nchangetype: delete\n`);
    expect(await reread(ldap, identity)).toBeUndefined();
  });

  it('ends when LDAP_USER_FILTER no longer lets the person in', async () => {
    const onlyManagers = `(&(uid={username})(memberOf=cn=managers,ou=groups,${slapd.baseDn}))`;
    const ldap = strategy({ LDAP_USER_FILTER: onlyManagers });
    expect(await login(ldap, 'alice', 'alice-secret')).toEqual(refused);
    await slapd.modify(aliceIn('managers', 'add'));
    const identity = await identityOf(ldap, 'alice', people.alice.password);
    expect(await reread(ldap, identity)).toEqual(identity);
    await slapd.modify(aliceIn('managers', 'delete'));
    expect(await reread(ldap, identity)).toBeUndefined();
  });

  it.each(['ldap:*', 'ldap:', 'ldap:00000000-0000-0000-0000-000000000000', 'file:alice'])(
    'finds nobody for the subject %s',
    async (subject) => {
      const ldap = strategy();
      const identity = await identityOf(ldap, 'alice', people.alice.password);
      expect(await reread(ldap, { ...identity, subject })).toBeUndefined();
    },
  );

  it('is unavailable, and ends nobody, when the service account is refused', async () => {
    const identity = await identityOf(strategy(), 'alice', people.alice.password);
    await unavailable(reread(strategy({ LDAP_BIND_PASSWORD: 'canary-service' }), identity));
  });
});
