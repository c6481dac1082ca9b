import { reservedClaims } from '../../identity';
import { attributeOptions, binaryAmong, readAttributes } from './attributes';
import { toDirectoryEntry } from './directory-entry';

type Attributes = Record<string, string | string[] | Buffer | Buffer[]>;

function read(attributes: Attributes, names: string[], claims: Record<string, unknown> = {}) {
  const options = attributeOptions({ LDAP_ATTRIBUTES: names, LDAP_CLAIMS: claims });
  return readAttributes(toDirectoryEntry({ dn: 'cn=x', ...attributes }), options);
}

const guid = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
const sid = Buffer.from('010500000000000515000000a065cf7e784b9b5fe77c8770091c0000', 'hex');

describe('readAttributes', () => {
  it('takes text as it is, all values, under the configured name', () => {
    expect(read({ Title: [' a ', 'b'], mail: [] }, ['title', 'mail', 'unknown']).attributes).toEqual({
      title: [' a ', 'b'],
    });
  });

  it('takes bytes as base64, also where they happen to be text', () => {
    const attributes = {
      jpegPhoto: 'text',
      'userCertificate;binary': Buffer.from([1]),
      other: Buffer.from([255]),
    };
    expect(read(attributes, ['jpegPhoto', 'userCertificate;binary', 'other']).attributes).toEqual({
      jpegPhoto: ['dGV4dA=='],
      'userCertificate;binary': ['AQ=='],
      other: ['/w=='],
    });
  });

  it('writes the identifiers of Active Directory as Windows does', () => {
    const names = ['objectGUID', 'objectSid', 'sIDHistory'];
    expect(
      read({ objectGUID: guid, objectSid: sid, sIDHistory: [sid, Buffer.from([9])] }, names).attributes,
    ).toEqual({
      objectGUID: ['00112233-4455-6677-8899-aabbccddeeff'],
      objectSid: ['S-1-5-21-2127521184-1604012920-1887927527-7177'],
      sIDHistory: ['S-1-5-21-2127521184-1604012920-1887927527-7177', 'CQ=='],
    });
  });

  it('maps attributes to claims: one value as text, several as a list, none as nothing', () => {
    const claims = { department: 'departmentNumber', sites: 'l', missing: 'nothing' };
    expect(read({ departmentNumber: '7', l: ['a', 'b'] }, ['title'], claims)).toEqual({
      attributes: {},
      claims: { department: '7', sites: ['a', 'b'] },
      leftOut: [],
    });
  });

  it('names what is too large and leaves it out as a whole', () => {
    const many = Array.from({ length: 2001 }, (_, index) => String(index));
    const long = 'x'.repeat(1025);
    const { attributes, claims, leftOut } = read(
      { many, title: [long, 'short'], huge: 'x'.repeat(70_000) },
      ['many', 'title'],
      {
        title: 'title',
        huge: 'huge',
      },
    );
    expect(attributes).toEqual({});
    expect(claims).toEqual({ title: [long, 'short'] });
    expect(leftOut).toEqual(['many', 'title', 'huge (huge)']);
  });
});

describe('attributeOptions', () => {
  it('has a usual list, and takes each name once', () => {
    expect(attributeOptions({ LDAP_ATTRIBUTES: [], LDAP_CLAIMS: {} }).names).toContain('memberOf');
    expect(attributeOptions({ LDAP_ATTRIBUTES: ['Title', 'title'], LDAP_CLAIMS: {} }).names).toEqual([
      'Title',
    ]);
  });

  it.each(['two words', '*', '(x=y)', '1.1;range=0-', 'ä'])('refuses the attribute %j', (name) => {
    expect(() => attributeOptions({ LDAP_ATTRIBUTES: [name], LDAP_CLAIMS: {} })).toThrow('LDAP_ATTRIBUTES');
    expect(() => attributeOptions({ LDAP_ATTRIBUTES: [], LDAP_CLAIMS: { department: name } })).toThrow(
      'LDAP_CLAIMS',
    );
  });

  it.each([...reservedClaims, '', ' ', '__proto__', 'a b', 'ä'])('refuses the claim %j', (claim) => {
    const claims: unknown = JSON.parse(`{${JSON.stringify(claim)}: "title"}`);
    if (typeof claims !== 'object' || claims === null) throw new Error('no object');
    expect(() => attributeOptions({ LDAP_ATTRIBUTES: [], LDAP_CLAIMS: { ...claims } })).toThrow(
      'LDAP_CLAIMS',
    );
  });

  it.each([[7], [null], [['title']], [{}]])('refuses %j as the attribute of a claim', (attribute) => {
    expect(() => attributeOptions({ LDAP_ATTRIBUTES: [], LDAP_CLAIMS: { department: attribute } })).toThrow(
      'LDAP_CLAIMS',
    );
  });

  it('takes claims in the form of an address', () => {
    const claim = 'https://example.org/department';
    expect(attributeOptions({ LDAP_ATTRIBUTES: [], LDAP_CLAIMS: { [claim]: 'ou' } }).claims.get(claim)).toBe(
      'ou',
    );
  });
});

describe('binaryAmong', () => {
  it('knows octet strings in any case, and the option for them', () => {
    expect(binaryAmong(['objectguid', 'title', 'x;binary', 'x;lang-de'])).toEqual(['objectguid', 'x;binary']);
  });
});
