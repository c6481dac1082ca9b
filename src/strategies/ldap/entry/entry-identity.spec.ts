import { attributeOptions } from './attributes';
import { toDirectoryEntry } from './directory-entry';
import { entryIdentity, identityAttributes, NoUniqueId } from './entry-identity';

const entryUUID = '00112233-4455-6677-8899-aabbccddeeff';
const usual = attributeOptions({ LDAP_ATTRIBUTES: [], LDAP_CLAIMS: {} });

type Attributes = Record<string, string | string[] | Buffer | Buffer[]>;

function described(attributes: Attributes) {
  return entryIdentity(toDirectoryEntry({ dn: 'cn=x', entryUUID, ...attributes }), {
    strategy: 'ldap.partners',
    typedName: 'Typed',
    groups: [],
    roles: [],
    attributes: usual,
  });
}

function identity(attributes: Attributes) {
  return described(attributes).identity;
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

  it('takes groups, each name once, and roles as they were found', () => {
    const groups = [
      { dn: 'cn=one,dc=x', name: 'one' },
      { dn: 'cn=a\\,b,dc=x', name: 'a,b' },
      { dn: 'cn=one,dc=y', name: 'one' },
    ];
    const entry = toDirectoryEntry({ dn: 'cn=x', entryUUID, memberOf: 'cn=other,dc=x' });
    const parts = { strategy: 'ldap', typedName: 'x', groups, roles: ['admin'], attributes: usual };
    expect(entryIdentity(entry, parts).identity).toMatchObject({ groups: ['one', 'a,b'], roles: ['admin'] });
  });

  it('keeps further attributes as lists, and only those that are there', () => {
    expect(
      identity({ title: 'Engineer', employeeNumber: ['1', '2'], photo: 'x', manager: [] }).attributes,
    ).toEqual({
      title: ['Engineer'],
      employeeNumber: ['1', '2'],
    });
  });

  it('leaves out what is too large as a whole, and says so', () => {
    const memberOf = Array.from({ length: 2001 }, (_, index) => `cn=group-${index}`);
    const { identity: bounded, leftOut } = described({
      memberOf,
      title: ['x'.repeat(1025), 'short'],
      displayName: 'x'.repeat(5000),
      manager: 'cn=boss',
    });
    expect(bounded.attributes).toEqual({ manager: ['cn=boss'] });
    expect(leftOut).toEqual(['title', 'memberOf']);
    expect(bounded.displayName).toBeUndefined();
  });

  it('leaves out values that are no text', () => {
    expect(identity({ cn: Buffer.from([0xff, 0xfe]) }).displayName).toBeUndefined();
  });

  it('needs a unique id', () => {
    const entry = toDirectoryEntry({ dn: 'cn=x', uid: 'alice' });
    const parts = { strategy: 'ldap', typedName: 'alice', groups: [], roles: [], attributes: usual };
    expect(() => entryIdentity(entry, parts)).toThrow(NoUniqueId);
  });
});

describe('identityAttributes', () => {
  const settings = { LDAP_ATTRIBUTES: ['title', 'OBJECTGUID'], LDAP_CLAIMS: { photo: 'jpegPhoto' } };

  it('asks for what an identity needs, each once, and knows which are bytes', () => {
    const { attributes, binaryAttributes } = identityAttributes({ ...settings, LDAP_GROUP_MODE: 'search' });
    expect(attributes).toEqual(
      expect.arrayContaining(['entryUUID', 'mail', 'title', 'jpegPhoto', 'objectGUID']),
    );
    expect(attributes).not.toContain('OBJECTGUID');
    expect(binaryAttributes).toEqual(['objectGUID', 'GUID', 'jpegPhoto']);
  });

  it('asks for memberOf only where it is used', () => {
    const asked = (mode: 'memberof' | 'search') =>
      identityAttributes({ ...settings, LDAP_GROUP_MODE: mode }).attributes.includes('memberOf');
    expect([asked('memberof'), asked('search')]).toEqual([true, false]);
  });
});
