import { roleMapping, rolesOf } from './roles';

const groups = [
  { dn: 'CN=Domain Admins,CN=Users,DC=x', name: 'Domain Admins' },
  { dn: 'CN=Führung,OU=Groups,DC=x', name: 'Führung' },
];

function roles(mapping: Record<string, unknown>): readonly string[] {
  return rolesOf(groups, roleMapping({ LDAP_ROLES: mapping }));
}

describe('rolesOf', () => {
  it.each([
    [{ 'domain admins': 'admin' }, ['admin']],
    [{ FÜHRUNG: ['boss', 'user'], 'Domain Admins': ['user', 'admin'] }, ['user', 'admin', 'boss']],
    [{ 'cn=domain admins, cn=users, dc=X': 'admin' }, ['admin']],
    [{ 'cn=domain admins,ou=elsewhere,dc=x': 'admin' }, []],
    [{ 'Domain Admins': 'a', 'DOMAIN ADMINS': 'b' }, ['a', 'b']],
    [{ Admins: 'admin', constructor: 'admin', toString: 'admin' }, []],
    [{}, []],
  ])('gives by %j the roles %j', (mapping, expected) => {
    expect(roles(mapping)).toEqual(expected);
  });

  it.each([[7], [null], [[]], [['a', 7]], [''], [[' ']], [{ a: 'b' }], [true]])(
    'refuses %j as roles',
    (given) => {
      expect(() => roleMapping({ LDAP_ROLES: { staff: given } })).toThrow('LDAP_ROLES');
    },
  );

  it('refuses a group without a name', () => {
    expect(() => roleMapping({ LDAP_ROLES: { ' ': 'admin' } })).toThrow('LDAP_ROLES');
  });
});
