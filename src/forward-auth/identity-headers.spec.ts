import type { Identity } from '../strategies/identity';
import { identityHeaders } from './identity-headers';

const alice: Identity = {
  ...{ subject: 'ldap:1', username: 'alice', displayName: 'Alice Ångström', email: 'alice@example.org' },
  ...{ groups: ['staff', 'ops'], roles: ['admin'], attributes: {}, strategy: 'ldap' },
};

it('names the person for the application behind the proxy', () => {
  expect(identityHeaders({ ...alice, displayName: 'Alice' }, 2048)).toEqual({
    'Remote-User': 'alice',
    'Remote-Name': 'Alice',
    'Remote-Email': 'alice@example.org',
    'Remote-Groups': 'staff,ops',
    'X-Auth-Roles': 'admin',
    'X-Auth-Subject': 'ldap:1',
    'X-Auth-Strategy': 'ldap',
  });
});

it('writes UTF-8, one character for each byte', () => {
  const value = identityHeaders(alice, 2048)['Remote-Name'] ?? '';
  expect(Buffer.from(value, 'latin1').toString('utf8')).toBe('Alice Ångström');
});

it('keeps a comma or a line break from becoming another group or header', () => {
  const odd = { ...alice, groups: ['a,admin', 'b\r\nX-Evil: 1'], displayName: undefined, email: undefined };
  const headers = identityHeaders(odd, 2048);
  expect(headers['Remote-Groups']).toBe('a%2Cadmin,b  X-Evil: 1');
  expect([headers['Remote-Name'], headers['Remote-Email']]).toEqual(['', '']);
});

it('leaves out whole what does not fit, and says so', () => {
  const headers = identityHeaders({ ...alice, groups: ['x'.repeat(100)] }, 50);
  expect(headers['X-Auth-Omitted']).toBe('Remote-Groups');
  expect(headers).not.toHaveProperty('Remote-Groups');
  expect(headers['X-Auth-Roles']).toBe('admin');
});
