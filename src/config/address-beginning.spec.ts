import { addressBeginning } from './address-beginning';

describe('the beginning of an address', () => {
  it.each([
    ['10.20.', '10.20.1.1', true],
    ['10.20.', '10.200.1.1', false],
    ['10.1', '10.100.0.1', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['2001:db8:', '2001:db8::1', true],
    ['2001:DB8:', '2001:db8:1::1', true],
    ['2001:0db8:', '2001:db8::1', true],
    ['2001:db8:', '2001:db80::1', false],
    ['2001:db8:0:', '2001:db8::1', true],
    ['2001:db8:0:0:', '2001:db8::1', true],
    ['2001:db8:0:0:', '2001:db8:1::1', false],
    ['2001:db8::', '2001:db8::1', true],
    ['2001:db8::', '2001:db8:1::1', false],
    ['2001:db8::1:', '2001:db8::1:2', true],
    ['2001:db8', '2001:db80::1', true],
    ['2001:db8::1', '2001:db8::1', true],
    ['2001:db8::1', '2001:db8::10', false],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1', true],
    ['::', '::1', true],
    ['fe80:', 'fe80::1', true],
    ['1:2:3:4:5:6:7:', '1:2:3:4:5:6:7:8', true],
  ])('%s of %s: %s', (text, address, isBeginning) => {
    expect(addressBeginning(text)?.holdsFor(address)).toBe(isBeginning);
  });

  it.each([
    ...['', '.', '...', '300.1.', '10..', '010.', '10.256', '1.2.3.4.', '10.0.0.0/8', '1.2.3.4.5', '1234'],
    ...[':', ':::', ':1', '1::2::', 'g:', '12345:', '1:2:3:4:5:6:7:8:', '1:2:3:4:5:6:7:8:9', 'abc'],
    ...[
      '2001:db8::0:',
      '2001:db8:0::',
      '::0:',
      '2001:db8:0d',
      '::ffff:10.1.',
      '::ffff:a00:',
      '::ffff:a00:1',
      'a'.repeat(500),
    ],
  ])('is not %p', (text) => {
    expect(addressBeginning(text)).toBeUndefined();
  });

  it.each([
    ['10.1', true],
    ['10.', false],
    ['192.0.2.1', false],
    ['2001:db8', true],
    ['2001:db8:', false],
    ['2001:db8::1', false],
  ])('tells whether %s ends within a number: %s', (text, isWithin) => {
    expect(addressBeginning(text)?.endsWithinNumber).toBe(isWithin);
  });
});
