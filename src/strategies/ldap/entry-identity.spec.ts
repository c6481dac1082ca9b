import { toDirectoryEntry } from './directory-entry';
import { entryIdentity, isBarred, NoUniqueId } from './entry-identity';

const entryUUID = '00112233-4455-6677-8899-aabbccddeeff';

type Attributes = Record<string, string | string[] | Buffer | Buffer[]>;

function identity(attributes: Attributes) {
  return entryIdentity(toDirectoryEntry({ dn: 'cn=x', entryUUID, ...attributes }), 'ldap.partners', 'Typed');
}

function barred(attributes: Attributes): boolean {
  return isBarred(toDirectoryEntry({ dn: 'cn=x', ...attributes }));
}

describe('entryIdentity', () => {
  it('names the strategy in the subject', () => {
    expect(identity({})).toMatchObject({ subject: `ldap.partners:${entryUUID}`, strategy: 'ldap.partners' });
  });

  it.each([
    [{ sAMAccountName: 'Alice', uid: 'other' }, 'alice'],
    [{ uid: ['Ａlice', 'second'] }, 'alice'],
    [{ userPrincipalName: 'Alice@Example.org' }, 'alice@example.org'],
    [{ mail: 'alice@example.org' }, 'typed'],
  ])('takes the login name from %j', (attributes, username) => {
    expect(identity(attributes).username).toBe(username);
  });

  it('takes displayName, else cn, and skips what is blank', () => {
    expect(identity({ displayName: 'Alice A', cn: 'alice' }).displayName).toBe('Alice A');
    expect(identity({ displayName: ' ', cn: 'alice' }).displayName).toBe('alice');
    expect(identity({ displayName: [] }).displayName).toBeUndefined();
  });

  it('reads one value, several, none, any case of the name, and the ranges of Active Directory', () => {
    expect(identity({ memberOf: 'cn=one,dc=x' }).groups).toEqual(['one']);
    expect(identity({ memberof: ['cn=one,dc=x', 'cn=a\\,b,dc=x', 'cn=one,dc=y'] }).groups).toEqual([
      'one',
      'a,b',
    ]);
    expect(identity({ memberOf: [] }).groups).toEqual([]);
    expect(identity({ memberOf: [], 'memberOf;range=0-1': ['cn=one', 'cn=two'] }).groups).toEqual([
      'one',
      'two',
    ]);
  });

  it('keeps further attributes as lists, and only those that are there', () => {
    expect(
      identity({ title: 'Engineer', employeeNumber: ['1', '2'], photo: 'x', manager: [] }).attributes,
    ).toEqual({
      title: ['Engineer'],
      employeeNumber: ['1', '2'],
    });
  });

  it('bounds what one entry can bring along', () => {
    const memberOf = Array.from({ length: 5000 }, (_, index) => `cn=group-${index}`);
    const bounded = identity({ memberOf, title: ['x'.repeat(5000), 'short'], displayName: 'x'.repeat(5000) });
    expect(bounded.groups).toHaveLength(1000);
    expect(bounded.attributes.memberOf).toHaveLength(1000);
    expect(bounded.attributes.title).toEqual(['short']);
    expect(bounded.displayName).toBeUndefined();
  });

  it('leaves out values that are no text', () => {
    expect(identity({ cn: Buffer.from([0xff, 0xfe]) }).displayName).toBeUndefined();
  });

  it('needs a unique id', () => {
    expect(() => entryIdentity(toDirectoryEntry({ dn: 'cn=x', uid: 'alice' }), 'ldap', 'alice')).toThrow(
      NoUniqueId,
    );
  });
});

describe('isBarred', () => {
  it.each([
    [{ userAccountControl: '514' }, true],
    [{ userAccountControl: '66050' }, true],
    [{ userAccountControl: '512' }, false],
    [{ userAccountControl: '66048' }, false],
    [{ pwdAccountLockedTime: '000001010000Z' }, true],
    [{ pwdAccountLockedTime: [] }, false],
    [{ nsAccountLock: 'TRUE' }, true],
    [{ nsAccountLock: 'false' }, false],
    [{}, false],
  ])('judges %j as %s', (attributes, expected) => {
    expect(barred(attributes)).toBe(expected);
  });
});
