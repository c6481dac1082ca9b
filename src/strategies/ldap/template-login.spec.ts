import { parseDn } from '../../common/distinguished-name';
import { accountOf, baseOfTemplate, dnOf } from './template-login';

describe('dnOf', () => {
  it('puts the name in once, whatever it looks like', () => {
    const template = 'uid={username},ou=people,dc=x';
    expect(dnOf(template, '{username}')).toBe('uid={username},ou=people,dc=x');
    expect(dnOf(template, '$&')).toBe('uid=$&,ou=people,dc=x');
  });
});

describe('baseOfTemplate', () => {
  it.each([
    ['uid={username},ou=people,dc=x', 'ou=people,dc=x'],
    ['cn={username} (staff), ou=people,dc=x', 'ou=people,dc=x'],
    ['uid={username}', undefined],
  ])('finds the base of %s', (template, base) => {
    expect(baseOfTemplate(template)).toBe(base);
  });
});

describe('accountOf', () => {
  it.each([
    ['uid={username},ou=people,dc=x', 'UID=Alice, ou=People,dc=x', 'Alice'],
    ['uid={username},ou=people,dc=x', 'uid=we\\,i\\+rd,ou=people,dc=x', 'we,i+rd'],
    ['cn={username} (staff),ou=people,dc=x', 'cn=alice (Staff),ou=people,dc=x', 'alice'],
    ['uid=ext-{username},ou={username},dc=x', 'uid=ext-alice,ou=alice,dc=x', 'alice'],
    ['uid={username},ou=people,dc=x', 'uid=alice,ou=services,dc=x', undefined],
    ['uid={username},ou=people,dc=x', 'uid=alice,ou=a,ou=people,dc=x', undefined],
    ['uid={username},ou=people,dc=x', 'cn=alice,ou=people,dc=x', undefined],
    ['uid={username},ou=people,dc=x', 'uid=alice+cn=a,ou=people,dc=x', undefined],
    ['uid=ext-{username},dc=x', 'uid=ext-,dc=x', undefined],
    ['uid=ext-{username},dc=x', 'uid=alice,dc=x', undefined],
    ['uid=ext-{username},ou={username},dc=x', 'uid=ext-alice,ou=bob,dc=x', undefined],
    ['cn=login,uid={username},dc=x', 'cn=login,uid=alice,dc=x', undefined],
  ])('finds in the template %s for %s the name %s', (template, text, account) => {
    const dn = parseDn(text);
    expect(dn && accountOf(template, dn)).toBe(account);
  });
});
