import * as fc from 'fast-check';
import { AndFilter, BerReader, BerWriter, type Filter, FilterParser, NotFilter, OrFilter } from 'ldapts';
import { DirectoryEntry } from './directory-entry';
import { UserFilter } from './user-filter';

const standard = '(|(uid={username})(sAMAccountName={username}))';
const everyKind =
  '(&(objectClass=person)(|(uid={username})(mail={username}@*)(cn=*{username}*)(sn~={username}))' +
  '(!(title>={username}))(ou<={username})(cn:caseExactMatch:={username}))';

/** What the directory receives, read back from the wire form. */
function sent(filter: Filter): Filter {
  const writer = new BerWriter();
  filter.write(writer);
  return FilterParser.parse(new BerReader(writer.buffer));
}

/** The tree without its values: kinds, attributes and order. */
function shape(filter: Filter): unknown {
  const isGroup = filter instanceof AndFilter || filter instanceof OrFilter;
  const children = isGroup ? filter.filters : filter instanceof NotFilter ? [filter.filter] : [];
  return {
    kind: filter.constructor.name,
    attribute: 'attribute' in filter ? filter.attribute : undefined,
    any: 'any' in filter && Array.isArray(filter.any) ? filter.any.length : undefined,
    children: children.map(shape),
  };
}

function faultOf(text: string): string {
  try {
    new UserFilter(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'none';
}

describe('UserFilter', () => {
  it.each(['*', ')(uid=*', '\\', '\0', '\\2a', '$&', '{username}', '(|(a=b))', 'a*b'])(
    'takes the name %j literally',
    (name) => {
      expect(sent(new UserFilter(standard).forName(name))).toMatchObject({
        filters: [
          { type: 0xa3, attribute: 'uid', value: name },
          { type: 0xa3, attribute: 'samaccountname', value: name },
        ],
      });
    },
  );

  it('never lets a name change the shape of the filter', () => {
    const userFilter = new UserFilter(everyKind);
    const expected = shape(sent(userFilter.forName('alice')));
    const piece = fc.constantFrom(
      '*',
      '(',
      ')',
      '\\',
      '\0',
      '&',
      '|',
      '!',
      '=',
      '{username}',
      '$&',
      'ü',
      '漢',
      'a',
    );
    const name = fc.oneof(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.array(piece, { minLength: 1 }).map((p) => p.join('')),
    );
    fc.assert(fc.property(name, (typed) => expect(shape(sent(userFilter.forName(typed)))).toEqual(expected)));
  });

  it('reads escaped UTF-8 in the setting as letters', () => {
    const filter = new UserFilter('(&(ou=K\\c3\\b6ln \\e6\\bc\\a2)(cn=\\28{username}\\29))').forName(
      'jürgen€',
    );
    expect(sent(filter)).toMatchObject({ filters: [{ value: 'Köln 漢' }, { value: '(jürgen€)' }] });
  });

  it.each([
    ['(uid={username}', 'LDAP_USER_FILTER is no LDAP filter'],
    ['(uid={username}))', 'LDAP_USER_FILTER is no LDAP filter'],
    ['(&(uid={username})(cn=\\fc))', 'LDAP_USER_FILTER is no LDAP filter'],
    ['(uid=alice)', 'LDAP_USER_FILTER must hold {username} as a value'],
  ])('refuses the setting %s', (text, fault) => {
    expect(faultOf(text)).toContain(fault);
  });

  it('knows what it asks besides the name', () => {
    expect(new UserFilter(standard).restriction).toBeUndefined();
    expect(new UserFilter('(&(uid={username})(!(off=TRUE)))').restriction?.toString()).toBe(
      '(&(uid=*)(!(off=TRUE)))',
    );
    // The parts around the name are compared at the login: a server may have no rule to compare them by.
    expect(new UserFilter('(homeDirectory=/home/{username})').restriction).toBeUndefined();
    expect(new UserFilter('(&(uid={username})(a=b)(!(x=y-{username})))').restriction?.toString()).toBe(
      '(&(uid=*)(a=b)(!(!(objectClass=*))))',
    );
    expect(new UserFilter('(&(cn:dn:={username})(a=b))').restriction?.toString()).toBe(
      '(&(objectClass=*)(a=b))',
    );
  });
});

describe('who is a person at all', () => {
  it.each([
    [standard, '(|(uid=*)(samaccountname=*))', ['uid', 'samaccountname']],
    ['(&(objectClass=person)(uid={username}))', '(&(objectclass=person)(uid=*))', ['uid']],
    ['(uid=ext-{username})', '(uid=*)', []],
    ['(|(mail={username}@x.org)(cn={username}*))', '(|(mail=*)(cn=*))', []],
    ['(|(mail={username}@*.org)(cn=a{username}-{username}*z))', '(|(mail=*)(cn=*))', []],
    ['(|(entryDN=uid={username},dc=x)(sn~=x{username}))', '(|(entryDN=*)(sn=*))', []],
  ])('%s means %s', (text, expected, names) => {
    const { anyPerson, nameAttributes } = new UserFilter(text);
    expect(sent(anyPerson)).toEqual(sent(FilterParser.parseString(expected)));
    expect(nameAttributes.map((name) => name.toLowerCase())).toEqual(names);
  });
});

describe('the login names of an entry', () => {
  const entry = new DirectoryEntry('uid=ext-alice,dc=x', {
    uid: ['other', 'EXT-alice', `ext-${'a'.repeat(256)}`],
    mail: ['alice@corp.example', 'a.b@x.example', 'al@al.example'],
    cn: 'Alice (x)*',
  });

  it.each([
    [standard, ['other', 'EXT-alice']],
    ['(&(objectClass=person)(uid=ext-{username}))', ['alice']],
    ['(mail={username}@corp.example)', ['alice']],
    ['(mail={username}@*)', ['alice', 'a.b', 'al']],
    ['(mail={username}@{username}.example)', ['al']],
    ['(cn={username}1)', []],
    ['(cn={username}0{username})', []],
    ['(cn=*{username} \\28x\\29\\2a)', ['Alice']],
    ['(|(cn:caseExactMatch:={username})(cn:dn:={username}))', ['Alice (x)*']],
    ['(sn={username})', []],
  ])('are for %s %j', (text, names) => {
    expect(new UserFilter(text).namesOf(entry)).toEqual(names);
  });
});
