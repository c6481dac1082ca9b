import type { Identity } from './identity';
import { differencesOf, rolesApart } from './shadow-differences';

function person(change: Partial<Identity> = {}): Identity {
  return {
    subject: 'external:1042',
    username: 'maria',
    email: 'maria@example.org',
    groups: [],
    roles: ['juez', 'actuario'],
    attributes: {},
    strategy: 'external',
    ...change,
  };
}

describe('the differences of two sources', () => {
  it.each<[string, Identity | undefined, string[]]>([
    ['the same person', person(), []],
    [
      'another subject, name and strategy',
      person({ subject: 'ldap:7', username: 'm', strategy: 'ldap' }),
      [],
    ],
    ['nobody', undefined, ['missing']],
    ['the mail address in another case', person({ email: ' Maria@Example.ORG' }), []],
    ['another mail address', person({ email: 'lopez@example.org' }), ['email']],
    ['no mail address', person({ email: undefined }), ['email']],
    ['the roles in another order and twice', person({ roles: ['actuario', 'juez', 'juez'] }), []],
    ['a role more', person({ roles: ['juez', 'actuario', 'admin'] }), ['roles']],
    ['a role less', person({ roles: ['juez'] }), ['roles']],
    ['a role in another case', person({ roles: ['Juez', 'actuario'] }), ['roles']],
    ['everything else', person({ email: undefined, roles: [] }), ['email', 'roles']],
  ])('%s', (_case, second, expected) => {
    expect(differencesOf(person(), second && { identity: second, isBarred: false })).toEqual(expected);
  });

  it('are none where neither source knows a mail address', () => {
    const second = { identity: person({ email: '' }), isBarred: false };
    expect(differencesOf(person({ email: undefined }), second)).toEqual([]);
  });

  it('tell that a login there would be refused, whatever else differs', () => {
    const second = { identity: person({ roles: [] }), isBarred: true };
    expect(differencesOf(person(), second)).toEqual(['barred', 'roles']);
  });

  it('are bounded where they go to the log', () => {
    const many = Array.from({ length: 30 }, (_, index) => `${index}-`.padEnd(150, 'x'));
    const { onlyInFirst, onlyInSecond } = rolesApart(person(), person({ roles: many }));
    expect(onlyInFirst).toEqual(['juez', 'actuario']);
    expect(onlyInSecond).toHaveLength(20);
    expect(new Set(onlyInSecond.map(({ length }) => length))).toEqual(new Set([100]));
  });
});
