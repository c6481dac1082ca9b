import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { ldif } from './servers/ldif';
import { type DomainUser, domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
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

  it('lives on through a lock by wrong passwords, or anybody could end anybody’s session', async () => {
    const { uid, password, dn } = policyPeople.lockMe;
    const ldap = strategy();
    const identity = await identityOf(ldap, uid, password);
    for (let attempt = 1; attempt <= 3; attempt += 1) await login(ldap, uid, 'wrong');
    expect(await login(ldap, uid, password)).toEqual(refused);
    expect(await reread(ldap, identity)).toEqual(identity);
    await slapd.modify(`dn: ${dn}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
  });

  it('lives on when the password expires or must be changed', async () => {
    const { uid, password, dn } = policyPeople.changer;
    const ldap = strategy();
    const identity = await identityOf(ldap, uid, password);
    await slapd.modify(`dn: ${dn}\nchangetype: modify\nadd: pwdReset\npwdReset: TRUE\n`);
    expect(await login(ldap, uid, password)).toMatchObject({ reason: 'password_must_change' });
    expect(await reread(ldap, identity)).toEqual(identity);
  });

  it('ends with the end of the account', async () => {
    const { uid, password, dn } = people.bob;
    const ldap = strategy();
    const identity = await identityOf(ldap, uid, password);
    const endsAt = (time: string) =>
      slapd.modify(`dn: ${dn}\nchangetype: modify\nreplace: pwdEndTime\npwdEndTime: ${time}\n`);
    await endsAt('20991231000000Z');
    expect(await reread(ldap, identity)).toEqual(identity);
    await endsAt('20200101000000Z');
    expect(await reread(ldap, identity)).toBeUndefined();
    await slapd.modify(`dn: ${dn}\nchangetype: modify\ndelete: pwdEndTime\n`);
    expect(await reread(ldap, identity)).toEqual(identity);
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

describe('rereading somebody in Active Directory', () => {
  const { gateway, leaver, lockMe, changer } = domainUsers;
  let samba: SambaAd;
  let ldap: LdapStrategy;

  beforeAll(async () => {
    samba = await startSambaAd();
    ldap = ldapStrategy({
      LDAP_URL: samba.ldapsUrl,
      LDAP_TLS_CA_FILE: samba.caFile,
      LDAP_DOMAIN: samba.domain,
      LDAP_BIND_DN: `${gateway.account}@${samba.domain}`,
      LDAP_BIND_PASSWORD: gateway.password,
    });
  }, 180_000);
  afterAll(() => samba?.remove());

  function replace({ dn }: DomainUser, attribute: string, value: string): Promise<void> {
    return samba.modify(`dn: ${dn}\nchangetype: modify\nreplace: ${attribute}\n${attribute}: ${value}\n`);
  }

  it('ends with the end of the account and with its lock by an administrator', async () => {
    const identity = await identityOf(ldap, leaver.account, leaver.password);
    expect(await reread(ldap, identity)).toEqual(identity);
    await replace(leaver, 'accountExpires', '132223104000000000');
    expect(await reread(ldap, identity)).toBeUndefined();
    await replace(leaver, 'accountExpires', '0');
    expect(await reread(ldap, identity)).toEqual(identity);
    await samba.disable(leaver);
    expect(await reread(ldap, identity)).toBeUndefined();
  });

  it('lives on through a lock by wrong passwords', async () => {
    const identity = await identityOf(ldap, lockMe.account, lockMe.password);
    for (let attempt = 1; attempt <= 3; attempt += 1) await login(ldap, lockMe.account, 'wrong');
    expect(await login(ldap, lockMe.account, lockMe.password)).toEqual(refused);
    expect(await reread(ldap, identity)).toEqual(identity);
  });

  it('lives on when the password must be changed', async () => {
    const identity = await identityOf(ldap, changer.account, changer.password);
    await replace(changer, 'pwdLastSet', '0');
    expect(await login(ldap, changer.account, changer.password)).toMatchObject({
      reason: 'password_must_change',
    });
    expect(await reread(ldap, identity)).toEqual(identity);
  });
});
