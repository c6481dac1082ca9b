import * as fc from 'fast-check';
import { firstRdnValue } from './distinguished-name';

describe('firstRdnValue', () => {
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
    expect(firstRdnValue(dn)).toBe(value);
  });

  it('gives back every value that was escaped by RFC 4514', () => {
    const escaped = (value: string) => value.replace(/[\\,;+"<>#= ]/g, '\\$&').replaceAll('\0', '\\00');
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        expect(firstRdnValue(`cn=${escaped(value)},ou=groups`)).toBe(value);
      }),
    );
  });
});
