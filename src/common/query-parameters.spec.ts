import { countQueryParameters, queryParameters } from './query-parameters';

describe('queryParameters', () => {
  it('reads names once or more often, and what is no percent-encoding as it stands', () => {
    expect(queryParameters('a=1&b=x+%C3%A4&b=%zz&c')).toEqual({ a: '1', b: ['x ä', '%zz'], c: '' });
    expect(queryParameters('')).toEqual({});
  });

  it('drops names that mean something to JavaScript, so that no list becomes a prototype', () => {
    const read = queryParameters('__proto__=a&__proto__=b&constructor=c&prototype=d&toString=e');
    expect(Object.keys(read)).toEqual(['toString']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe('countQueryParameters', () => {
  it.each([
    ['/a', 0],
    ['/a&b', 0],
    ['/a?', 1],
    ['/a?b&c=1&&d', 4],
  ])('of %s is %d', (url, count) => expect(countQueryParameters(url)).toBe(count));
});
