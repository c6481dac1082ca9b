import { sidText } from './sid';

describe('sidText', () => {
  it.each([
    ['0102000000000005200000002002', undefined],
    ['01020000000000052000000020020000', 'S-1-5-32-544'],
    ['010100000000000100000000', 'S-1-1-0'],
    ['01010000000000050b000000', 'S-1-5-11'],
    ['0100ffffffffffff', 'S-1-281474976710655'],
    ['01', undefined],
    ['', undefined],
  ])('reads %s as %s', (hex, text) => {
    expect(sidText(Buffer.from(hex, 'hex'))).toBe(text);
  });
});
