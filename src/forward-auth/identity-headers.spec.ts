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
    'X-Auth-Omitted': '',
  });
});

it('writes UTF-8, one character for each byte', () => {
  const value = identityHeaders(alice, 2048)['Remote-Name'] ?? '';
  expect(Buffer.from(value, 'latin1').toString('utf8')).toBe('Alice Ångström');
});

it('keeps a comma or a line break from becoming another group or header', () => {
  const groups = [
    'a,admin',
    'a%2Cb',
    'b\r\nX-Evil: 1',
    '\nadmin',
    ' admin ',
    'two words',
    '\u0085admin\u2028',
  ];
  const headers = identityHeaders({ ...alice, groups, displayName: undefined, email: undefined }, 2048);
  const read = (headers['Remote-Groups'] ?? '').split(',').map((name) => name.trim());
  expect(read).toEqual([
    ...['a%2Cadmin', 'a%252Cb', 'b%0D%0AX-Evil: 1', '%0Aadmin', '%20admin%20', 'two words'],
    '%C2%85admin%E2%80%A8',
  ]);
  expect(read.map(decodeURIComponent)).toEqual(groups);
  expect([headers['Remote-Name'], headers['Remote-Email']]).toEqual(['', '']);
});

it('keeps a control character from making another person of somebody', () => {
  const headers = identityHeaders({ ...alice, username: '\nadmin\u00a0', displayName: '\tAlice\nX' }, 2048);
  expect([headers['Remote-User'], headers['Remote-Name']]).toEqual(['%0Aadmin%C2%A0', 'Alice X']);
});

it.each(['%0Aadmin', '\nadmin', '100%', '%25', ' %', 'a,b', 'é\u2028%E9'])(
  'gives %j back when it is decoded, and makes no two names one',
  (name) => {
    const person = {
      ...alice,
      username: name,
      subject: name,
      email: name,
      groups: [name, name],
      roles: [name],
    };
    const headers = identityHeaders(person, 2048);
    const read = (header: string) => Buffer.from(headers[header] ?? '', 'latin1').toString();
    for (const header of ['Remote-User', 'X-Auth-Subject', 'Remote-Email', 'X-Auth-Roles']) {
      expect(decodeURIComponent(read(header))).toBe(name);
    }
    expect(read('Remote-Groups').split(',').map(decodeURIComponent)).toEqual([name, name]);
  },
);

it('leaves out whole what does not fit, and says so', () => {
  const headers = identityHeaders({ ...alice, groups: ['x'.repeat(100)] }, 50);
  expect(headers['X-Auth-Omitted']).toBe('Remote-Groups');
  // Empty and not absent: a proxy that copies headers would let one of the client's own stand.
  expect(headers['Remote-Groups']).toBe('');
  expect(headers['X-Auth-Roles']).toBe('admin');
});

it('has one room for both lists and one for all texts, the name of the person last', () => {
  const half = ['x'.repeat(30)];
  const lists = identityHeaders({ ...alice, groups: half, roles: half }, 50);
  expect([lists['X-Auth-Roles'], lists['X-Auth-Omitted']]).toEqual([half[0], 'Remote-Groups']);
  const texts = identityHeaders({ ...alice, username: 'u'.repeat(1000), email: 'e'.repeat(30) }, 2048);
  expect(texts['Remote-User']).toHaveLength(1000);
  expect(texts['X-Auth-Omitted']).toBe('Remote-Email,Remote-Name');
  expect(identityHeaders({ ...alice, username: 'u'.repeat(2000) }, 2048)).toMatchObject({
    'Remote-User': '',
    'X-Auth-Omitted': 'Remote-User',
  });
});

it.each([1, 10, 100, 1000])(
  'fits into 4 KiB with the rest of the answer: names of %d characters',
  (length) => {
    const long = '\n,é'.repeat(length);
    const many = Array.from({ length: 5000 / length }, () => 'é'.repeat(length));
    const person = { username: long, displayName: long, email: long, subject: long, strategy: 'ldap' };
    for (const lists of [
      { groups: many, roles: many },
      { groups: many.slice(0, 1000 / length), roles: ['x'] },
    ]) {
      const headers = Object.entries(identityHeaders({ ...person, ...lists, attributes: {} }, 2048));
      const bytes = headers.map(([name, value]) => name.length + value.length + 4).reduce((a, b) => a + b, 0);
      // The status line, the date, the request id, the cookie with its attributes and what is left of the usual headers.
      expect(bytes).toBeLessThan(4096 - 600);
    }
  },
);
