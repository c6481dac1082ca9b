import fc from 'fast-check';
import { cookieValueOf } from './cookie-value';

describe('cookieValueOf', () => {
  it.each(['', 'aB9-_.', 'CfDJ8+/=', 'a%20b', "!#$&'()*+", 'a, b', '"a"', 'a\\b', '{"a":[1, 2]}'])(
    'leaves %p as it is',
    (token) => {
      expect(cookieValueOf(token)).toBe(token);
    },
  );

  it.each([
    ['a;b', 'a%3Bb'],
    [' a', '%20a'],
    ['a ', 'a%20'],
    [' ', '%20'],
    ['a\tb', 'a%09b'],
    ['a\r\nb: c', 'a%0D%0Ab%3A%20c'],
    ['ñ', '%C3%B1'],
  ])('encodes %j', (token, expected) => {
    expect(cookieValueOf(token)).toBe(expected);
  });

  it('fails for no text, not even for half a character', () => {
    expect(cookieValueOf('a\ud800')).toBe('a%EF%BF%BD');
  });

  it('lets no text out of its cookie', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (token) => {
        const value = cookieValueOf(token);
        expect(value).toMatch(/^[\x20-\x7e]*$/);
        expect(value).not.toContain(';');
        expect(value.trim()).toBe(value);
        if (value !== token) expect(decodeURIComponent(value)).toBe(token);
      }),
    );
  });
});
