import { baseOfTemplate, dnOf, escapedRdnValue } from './template-login';

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

describe('dnOf', () => {
  it('puts the name in once, whatever it looks like', () => {
    const template = 'uid={username},ou=people,dc=x';
    expect(dnOf(template, '{username}')).toBe('uid={username},ou=people,dc=x');
    expect(dnOf(template, '$&')).toBe('uid=$&,ou=people,dc=x');
  });
});

describe('baseOfTemplate', () => {
  it.each([
    ['uid={username},ou=people,dc=x', 'ou=people,dc=x'],
    ['cn={username} (staff), ou=people,dc=x', 'ou=people,dc=x'],
    ['uid={username}', undefined],
  ])('finds the base of %s', (template, base) => {
    expect(baseOfTemplate(template)).toBe(base);
  });
});
