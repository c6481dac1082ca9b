import type { PasswordChange } from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { identityOf, ldapStrategy, login, refused } from './support/ldap-logins';

// The ways through the strategy; what each directory and policy says is tested next to `password-change.ts`.

function change(ldap: LdapStrategy, username: string, from: string, to: string): Promise<PasswordChange> {
  return ldap.changePassword({ username, password: from }, to, {
    requestId: 'request-1',
    address: '127.0.0.1',
  });
}

describe('OpenLDAP', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    slapd = await startSlapd({ access: ['to attrs=userPassword by self =xw by anonymous auth by * none'] });
  });
  afterAll(() => slapd?.remove());

  it.each([
    ['search', {}, people.alice],
    [
      'template',
      {
        LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
        LDAP_BIND_DN: undefined,
        LDAP_BIND_PASSWORD: undefined,
      },
      people.bob,
    ],
  ] as const)(
    'changes a password after a login by %s, with one bind by the old one',
    async (_, env, person) => {
      const ldap = ldapStrategy({ ...slapd.variables, ...env });
      const { subject } = await identityOf(ldap, person.uid, person.password);
      const before = slapd.countBinds(person.dn);
      expect(await change(ldap, person.uid, 'wrong', 'new-secret-1')).toEqual({
        changed: false,
        reason: 'invalid_credentials',
      });
      expect(slapd.countBinds(person.dn)).toBe(before + 1);
      expect(await change(ldap, person.uid, person.password, 'new-secret-1')).toEqual({
        changed: true,
        subject,
      });
      expect(await login(ldap, person.uid, person.password)).toEqual(refused);
      expect(await login(ldap, person.uid, 'new-secret-1')).toMatchObject({ accepted: true });
    },
  );

  it('sends nothing for an unknown name or an empty password', async () => {
    const ldap = ldapStrategy(slapd.variables);
    const notChanged = { changed: false, reason: 'invalid_credentials' };
    expect(await change(ldap, 'nobody', 'x', 'y')).toEqual(notChanged);
    expect(await change(ldap, 'alice', '', 'y')).toEqual(notChanged);
  });
});

describe('Active Directory', () => {
  const { alice, juergen, gateway } = domainUsers;
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd();
  }, 180_000);
  afterAll(() => samba?.remove());

  it.each([
    ['user@domain', () => ({}), alice],
    [
      'search',
      () => ({
        LDAP_BIND_DN: `${gateway.account}@${samba.domain}`,
        LDAP_BIND_PASSWORD: gateway.password,
      }),
      juergen,
    ],
  ] as const)('changes a password after a login by %s', async (_, env, person) => {
    const { ldapsUrl, caFile, domain } = samba;
    const ldap = ldapStrategy({
      LDAP_URL: ldapsUrl,
      LDAP_TLS_CA_FILE: caFile,
      LDAP_DOMAIN: domain,
      ...env(),
    });
    const { subject } = await identityOf(ldap, person.account, person.password);
    const fresh = 'Nëw-Pass2€-gatehouse';
    expect(await change(ldap, person.account, 'wrong', fresh)).toMatchObject({ changed: false });
    expect(await change(ldap, person.account, person.password, fresh)).toEqual({ changed: true, subject });
    expect(await login(ldap, person.account, fresh)).toMatchObject({ accepted: true });
    expect(await change(ldap, person.account, fresh, 'x')).toMatchObject({ reason: 'rejected_by_policy' });
  });
});
