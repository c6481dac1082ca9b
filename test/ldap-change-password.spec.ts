import type { PasswordChange } from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { identityOf, ldapStrategy, login, refused, unavailable } from './support/ldap-logins';

// The ways through the strategy; what each directory and policy says is tested next to `password-change.ts`.

function change(ldap: LdapStrategy, username: string, from: string, to: string): Promise<PasswordChange> {
  return ldap.changePassword({ username, password: from }, to, {
    requestId: 'request-1',
    address: '127.0.0.1',
  });
}

const byTemplate = {
  LDAP_BIND_MODE: 'template',
  LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
};
const withoutService = { LDAP_BIND_DN: undefined, LDAP_BIND_PASSWORD: undefined };

describe('OpenLDAP', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    slapd = await startSlapd({ access: ['to attrs=userPassword by self =xw by anonymous auth by * none'] });
  });
  afterAll(() => slapd?.remove());

  it.each([
    ['search', {}, people.alice],
    ['template', { ...byTemplate, ...withoutService }, people.bob],
    ['template with a service account', byTemplate, people.juergen],
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
      expect(slapd.countBinds(person.dn)).toBe(before + 2);
      expect(await login(ldap, person.uid, person.password)).toEqual(refused);
      expect(await login(ldap, person.uid, 'new-secret-1')).toMatchObject({ accepted: true });
    },
  );

  it('changes nothing for somebody whom LDAP_USER_FILTER does not let in', async () => {
    const LDAP_USER_FILTER = '(&(uid={username})(employeeNumber=*))';
    const { uid, password } = people.carol;
    const notChanged = { changed: false, reason: 'invalid_credentials' };
    for (const env of [{}, byTemplate, { ...byTemplate, ...withoutService }]) {
      const ldap = ldapStrategy({ ...slapd.variables, ...env, LDAP_USER_FILTER });
      expect(await change(ldap, uid, password, 'new-secret-2')).toEqual(notChanged);
    }
    expect(await login(ldapStrategy(slapd.variables), uid, password)).toMatchObject({ accepted: true });
  });

  it('reads who must change it after the change, on the same connection and with one bind', async () => {
    const { uid, password, dn } = policyPeople.mustChanger;
    const ldap = ldapStrategy({ ...slapd.variables, ...byTemplate, ...withoutService });
    const outcome = await change(ldap, uid, password, 'new-secret-3');
    expect(slapd.countBinds(dn)).toBe(1);
    const { subject } = await identityOf(ldap, uid, 'new-secret-3');
    expect(outcome).toEqual({ changed: true, subject });
  });

  it('sends nothing for an unknown name or an empty password', async () => {
    const ldap = ldapStrategy(slapd.variables);
    const notChanged = { changed: false, reason: 'invalid_credentials' };
    expect(await change(ldap, 'nobody', 'x', 'y')).toEqual(notChanged);
    expect(await change(ldap, 'alice', '', 'y')).toEqual(notChanged);
  });
});

describe('OpenLDAP that shows no unique id', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    const access = ['to attrs=entryUUID by * none'];
    slapd = await startSlapd({ access });
  });
  afterAll(() => slapd?.remove());

  it.each([
    ['search', {}],
    ['template', byTemplate],
    ['template without a service account', { ...byTemplate, ...withoutService }],
  ])('changes nothing after a login by %s, and names the right that is missing', async (_, env) => {
    const { uid, password, dn } = people.alice;
    const ldap = ldapStrategy({ ...slapd.variables, ...env });
    const before = slapd.countBinds(dn);
    const fault = await unavailable(change(ldap, uid, password, 'new-secret-4'));
    expect(fault.message).toContain('the right to read it');
    expect(slapd.countBinds(dn)).toBe(before + 1);
    expect(slapd.countInLog('PASSMOD')).toBe(0);
  });

  it('takes the change for a success where it had to come first, and warns', async () => {
    const { uid, password, dn } = policyPeople.mustChanger;
    const logLines: string[] = [];
    const ldap = ldapStrategy({ ...slapd.variables, ...byTemplate, ...withoutService }, logLines);
    expect(await change(ldap, uid, password, 'new-secret-5')).toEqual({ changed: true });
    expect(slapd.countBinds(dn)).toBe(1);
    const warning = logLines.filter((line) => line.includes('whose sessions')).join();
    expect(warning).toContain('"level":40');
    expect(warning).toContain('the right to read it');
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
