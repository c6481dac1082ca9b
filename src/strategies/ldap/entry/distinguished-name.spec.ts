import * as fc from 'fast-check';
import { dnKey, firstRdn, isWithin } from './distinguished-name';

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
