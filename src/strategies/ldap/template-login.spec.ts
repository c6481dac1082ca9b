import { baseOfTemplate, dnOf } from './template-login';

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
