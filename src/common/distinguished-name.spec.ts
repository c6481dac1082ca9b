import * as fc from 'fast-check';
import { dnKey, escapedRdnValue, firstRdn, isWithin, parseDn } from './distinguished-name';

describe('firstRdn', () => {
  it.each([
    ['CN=engineers,OU=Groups,DC=example,DC=org', 'engineers'],
    ['CN=a\\,b,OU=x', 'a,b'],
    ['cn=a+ou=b,dc=x', 'a'],
    ['cn=C\\2b\\2B devs,dc=x', 'C++ devs'],
    ['cn=Lu\\C4\\8Di\\C4\\87', 'Lučić'],
    ['cn=漢字;dc=x', '漢字'],
    ['cn =  blanks  , dc=x', 'blanks'],
    ['cn=\\ kept\\  ,dc=x', ' kept '],
    ['cn=a=b,dc=x', 'a=b'],
    ['cn=back\\\\slash,dc=x', 'back\\slash'],
    ['cn=line\\0Abreak,dc=x', 'line\nbreak'],
    ['cn=#04024869,dc=x', undefined],
    ['cn=,dc=x', undefined],
    ['engineers', undefined],
    ['', undefined],
  ])('gives for %s the value %s', (dn, value) => {
    expect(firstRdn(dn)?.value).toBe(value);
  });

  it('gives back every value that was escaped by RFC 4514', () => {
    const escaped = (value: string) => value.replace(/[\\,;+"<>#= ]/g, '\\$&').replaceAll('\0', '\\00');
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        expect(firstRdn(`cn=${escaped(value)},ou=groups`)).toEqual({ type: 'cn', value });
      }),
    );
  });
});

describe('dnKey', () => {
  it.each([
    ['CN=Smith\\, Carol,OU=Staff,DC=x', 'cn=smith\\2c carol , ou=staff,dc=X'],
    ['cn=a  b,dc=x', 'cn= a b ;dc=x'],
    ['cn=a+uid=1,dc=x', 'UID=1 + CN=A,DC=x'],
    ['cn=Lu\\C4\\8Di\\C4\\87', 'cn=LUČIĆ'],
    ['cn=ＡＢ,dc=x', 'cn=ab,dc=x'],
    ['cn=#04024869,dc=x', 'cn=#04024869,DC=X'],
    ['userid=alice,2.5.4.11=Staff,dc=x', '0.9.2342.19200300.100.1.1=Alice,ou=staff,domainComponent=x'],
  ])('is the same for %s and %s', (one, other) => {
    expect(dnKey(one)).toBe(dnKey(other));
  });

  it.each([
    ['cn=a\\,b,dc=x', 'cn=a,b=,dc=x'],
    ['cn=a\\+uid=1,dc=x', 'cn=a+uid=1,dc=x'],
    ['cn=a,ou=b', 'cn=a,cn=b'],
    ['cn=a,ou=b', 'cn=b,ou=a'],
    ['cn=a', 'cn=a,dc=x'],
    ['cn=a\\\\,dc=x', 'cn=a,dc=x'],
  ])('tells %s from %s', (one, other) => {
    expect(dnKey(one)).not.toBe(dnKey(other));
  });
});

describe('isWithin', () => {
  it.each([
    ['cn=a,ou=Groups,dc=x', 'OU=groups, DC=X', true],
    ['ou=groups,dc=x', 'ou=groups,dc=x', true],
    ['cn=a,dc=x', '', true],
    ['cn=a,ou=other,dc=x', 'ou=groups,dc=x', false],
    ['dc=x', 'ou=groups,dc=x', false],
    ['cn=a\\,ou=groups,dc=x', 'ou=groups,dc=x', false],
    ['no dn', 'dc=x', false],
  ])('says for %j below %j: %s', (dn, base, expected) => {
    expect(isWithin(dn, base)).toBe(expected);
  });
});

describe('escapedRdnValue', () => {
  it.each([
    ['alice', 'alice'],
    ['jürgen 漢', 'jürgen 漢'],
    ['we,i+rd', 'we\\2ci\\2brd'],
    ['x,ou=admins', 'x\\2cou\\3dadmins'],
    ['"<a>;\\', '\\22\\3ca\\3e\\3b\\5c'],
    [' a b ', '\\20a b\\20'],
    ['#a#', '\\23a#'],
    ['a\0', 'a\\00'],
    [' ', '\\20'],
  ])('writes %j as %s', (value, escaped) => {
    expect(escapedRdnValue(value)).toBe(escaped);
  });
});

describe('parseDn', () => {
  it.each([
    ['uid=jimbob,ou=people,dc=example,dc=com', 'uid=jimbob,ou=people,dc=example,dc=com'],
    [' UID = jimbob , ou=People', 'UID=jimbob,ou=People'],
    ['cn=Smith\\, Carol,dc=x', 'cn=Smith\\2c Carol,dc=x'],
    ['cn=a+uid=b,dc=x', 'cn=a+uid=b,dc=x'],
    ['cn=Lu\\C4\\8Di\\C4\\87', 'cn=Lučić'],
    ['cn=a\\ ,dc=x', 'cn=a\\20,dc=x'],
    ['cn=a\\5c,dc=x', 'cn=a\\5c,dc=x'],
    ['cn=a\\\\ ,dc=x', 'cn=a\\5c,dc=x'],
    ['cn=\\#a=b', 'cn=\\23a\\3db'],
    ['userid=a,2.5.4.11=b', 'userid=a,2.5.4.11=b'],
  ])('reads %s and writes %s', (text, written) => {
    expect(parseDn(text)?.text).toBe(written);
    expect(parseDn(text)?.key).toBe(dnKey(text));
  });

  it.each([
    '',
    ' ',
    'jimbob',
    'uid=',
    'uid= ,dc=x',
    'uid=a,',
    ',uid=a',
    'uid=a,,dc=x',
    'uid=a+,dc=x',
    'uid=#04024869',
    'uid=a;dc=x',
    'uid="a",dc=x',
    'uid=<a>,dc=x',
    '<GUID=0123>,dc=x',
    '<SID=S-1-5>',
    'uid=a\\',
    'uid=a\\zz',
    'uid=\\c3,dc=x',
    'uid=a\\00,dc=x',
    'uid=a\0,dc=x',
    'uid=a\nb,dc=x',
    '1.2.3.4=a,dc=x',
    'u id=a,dc=x',
    `uid=${'a'.repeat(3069)}`,
    Array.from({ length: 65 }, () => 'dc=x').join(','),
  ])('does not take %j for a DN', (text) => {
    expect(parseDn(text)).toBeUndefined();
  });

  it('gives the name of the entry, by the spelling that stands for all', () => {
    expect(parseDn('userid=Jim Bob,dc=x')?.name).toEqual({ type: 'uid', value: 'Jim Bob' });
    expect(parseDn('cn=a+uid=b,dc=x')?.name).toBeUndefined();
  });

  it('reads what it wrote, for every value', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' }), (value) => {
        fc.pre(!/\p{Cc}/u.test(value));
        const read = parseDn(`cn=${escapedRdnValue(value)},ou=x`);
        expect(read?.name).toEqual({ type: 'cn', value });
        expect(parseDn(read?.text ?? '')).toEqual(read);
      }),
    );
  });

  it('reads what it wrote of the longest DN that clients may send', () => {
    const read = parseDn(`cn=${'='.repeat(1021)}`);
    expect(read?.text.length).toBe(3066);
    expect(parseDn(read?.text ?? '')).toEqual(read);
  });

  it('takes no time to speak of for a hostile text', () => {
    const startedAtMs = performance.now();
    for (const text of ['\\', '\\ ', '=', ' ', ',', '+', 'a=\\5c'].map((piece) => piece.repeat(1500)))
      parseDn(text.slice(0, 3072));
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });
});
