import { comparableAddress } from './client-address';

describe('comparableAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['[::ffff:10.0.0.1]:80', '10.0.0.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('writes %s as %s', (text, address) => expect(comparableAddress(text)).toBe(address));

  it.each(['', 'unknown', '10.1', '10.1.2.3.4', '10.01.2.3', '10.1.evil', '::g', '[::1', '1:2'])(
    'takes %p for no address',
    (text) => expect(comparableAddress(text)).toBeUndefined(),
  );
});
