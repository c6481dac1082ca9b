import { rereadsIdentity } from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { identityOf, ldapStrategy, login, refused, reread } from './support/ldap-logins';

let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());

function strategy(env: Record<string, string | undefined> = {}): LdapStrategy {
  return ldapStrategy({ ...slapd.variables, ...env });
}

describe('a login by template', () => {
  const template = {
    LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
    LDAP_BIND_DN: undefined,
    LDAP_BIND_PASSWORD: undefined,
    LDAP_BASE_DN: undefined,
  };

  it.each(Object.values(people).filter(({ uid }) => uid !== 'locked'))(
    'accepts $uid and gives the same identity as a search',
    async ({ uid, password }) => {
      const ldap = strategy(template);
      expect(await identityOf(ldap, uid, password)).toEqual(await identityOf(strategy(), uid, password));
      expect(await login(ldap, uid, 'wrong')).toEqual(refused);
    },
  );

  it.each([
    'nobody',
    '*',
    'alice,ou=people',
    'bob)(uid=*',
    'x,ou=services',
    '#616c696365',
    'alice\\',
    'uid=alice',
  ])('refuses %s', async (username) => {
    expect(await login(strategy(template), username, people.alice.password)).toEqual(refused);
  });

  it('needs one bind, one connection and no search before it', async () => {
    const ldap = strategy(template);
    const before = { binds: slapd.countBinds(people.bob.dn), accepts: slapd.countInLog(' ACCEPT ') };
    for (const password of ['wrong', people.bob.password, 'wrong']) await login(ldap, 'bob', password);
    expect(slapd.countBinds(people.bob.dn)).toBe(before.binds + 3);
    expect(slapd.countInLog(' ACCEPT ')).toBe(before.accepts + 1);
  });

  it('lets in only whom LDAP_USER_FILTER allows', async () => {
    const ldap = strategy({ ...template, LDAP_USER_FILTER: '(&(uid={username})(employeeNumber=*))' });
    expect(await login(ldap, 'alice', people.alice.password)).toMatchObject({ accepted: true });
    expect(await login(ldap, 'bob', people.bob.password)).toEqual(refused);
  });

  it('can reread only with a service account', async () => {
    expect(rereadsIdentity(strategy(template))).toBe(false);
    const { LDAP_BIND_DN, LDAP_BIND_PASSWORD } = slapd.variables;
    const ldap = strategy({ ...template, LDAP_BIND_DN, LDAP_BIND_PASSWORD });
    const identity = await identityOf(ldap, 'alice', people.alice.password);
    expect(await reread(ldap, identity)).toEqual(identity);
  });
});
