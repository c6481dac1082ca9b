import { DirectoryEntry } from '../entry/directory-entry';
import { accountKey } from './account-key';

describe('accountKey', () => {
  const entryUUID = '11111111-2222-3333-4444-555555555555';

  it('is the subject of an entry, whatever the bind names', () => {
    const entry = new DirectoryEntry('uid=alice,dc=x', { entryUUID });
    for (const bindName of ['uid=alice,dc=x', 'alice@x']) {
      expect(accountKey('ldap.partners', { bindName, entry })).toBe(`ldap.partners:${entryUUID}`);
    }
  });

  it('is the DN of an entry without a unique id', () => {
    const entry = new DirectoryEntry('UID=Alice, DC=x', {});
    expect(accountKey('ldap', { bindName: 'alice@x', entry })).toBe('ldap:dn:uid=alice,dc=x');
  });

  it.each([
    ['case', 'JÜRGEN@x.example'],
    ['marks of their own', 'ju\u0308rgen@x.example'],
    ['no marks, which Windows takes too', 'jurgen@x.example'],
    ['full width', 'ｊürgen@x.example'],
    ['characters that nobody sees', 'jür\u00ad\u200bgen@x.example'],
    ['blanks', 'jürgen @x.example'],
  ])('is one for all spellings of a principal name: %s', (_, bindName) => {
    expect(accountKey('ldap', { bindName })).toBe('ldap:upn:jurgen@x.example');
  });

  it.each(['uid=straße,dc=x', 'UID = STRASSE,DC=x', '0.9.2342.19200300.100.1.1=stra\\c3\\9fe,dc=x'])(
    'is one for all spellings of a DN: %s',
    (bindName) => {
      expect(accountKey('ldap', { bindName })).toBe('ldap:dn:uid=strasse,dc=x');
    },
  );
});
