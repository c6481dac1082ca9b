import fc from 'fast-check';
import { cookieValueOf } from './cookie-value';

describe('cookieValueOf', () => {
  it.each(['', 'aB9-_.', 'CfDJ8+/=', 'a%20b', "!#$&'()*+"])('leaves %p as it is', (token) => {
    expect(cookieValueOf(token)).toBe(token);
  });

  it('fails for no text, not even for half a character', () => {
    expect(cookieValueOf('a\ud800')).toBe('a%EF%BF%BD');
  });

  it('lets no text out of its cookie', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (token) => {
        const value = cookieValueOf(token);
        expect(value).not.toMatch(/[\s;,"\\\p{Cc}]|[^\p{ASCII}]/u);
        if (value !== token) expect(decodeURIComponent(value)).toBe(token);
      }),
    );
  });
});
