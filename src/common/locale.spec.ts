import { chooseLocale, prefersProblemJson } from './locale';

describe('chooseLocale', () => {
  it.each([
    [undefined, 'es', 'es'],
    [undefined, 'en', 'en'],
    ['en', 'es', 'en'],
    ['es-MX', 'en', 'es'],
    ['fr, en;q=0.5', 'es', 'en'],
    ['fr', 'es', 'es'],
    ['*', 'en', 'en'],
    ['en;q=0', 'es', 'es'],
    ['x'.repeat(5000), 'es', 'es'],
  ] as const)('of %s with default %s is %s', (header, defaultLocale, expected) => {
    expect(chooseLocale({ 'accept-language': header }, defaultLocale)).toBe(expected);
  });
});

describe('prefersProblemJson', () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['application/problem+json', true],
    ['application/problem+json, application/json;q=0.9', true],
    ['application/json, application/problem+json;q=0.5', false],
    ['text/html', false],
  ])('of %s is %s', (accept, expected) => expect(prefersProblemJson({ accept })).toBe(expected));
});
