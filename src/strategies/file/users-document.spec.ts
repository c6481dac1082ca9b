import { dummyPasswordHash } from './password-hash';
import { formatUsers, parseUsers } from './users-document';

const hash = dummyPasswordHash();
const first = { id: '0b6a2a56-3f0e-4d7c-9a55-0d1f6c1f5f01', username: 'Ana', passwordHash: hash };
const second = { id: '0b6a2a56-3f0e-4d7c-9a55-0d1f6c1f5f02', username: 'bob', passwordHash: hash };

const textOf = (...users: unknown[]): string => JSON.stringify({ users });

function faultOf(text: string): string {
  try {
    parseUsers(text);
  } catch (error) {
    return String(error);
  }
  return 'none';
}

describe('the text of a users file', () => {
  it('becomes users, with what is left out filled in', () => {
    expect(parseUsers(textOf(first))).toEqual([{ ...first, groups: [], roles: [], disabled: false }]);
    expect(parseUsers(textOf())).toEqual([]);
  });

  it('comes back as it was written', () => {
    const full = {
      ...second,
      displayName: 'Bob Roe',
      givenName: 'Bob',
      familyName: 'Roe',
      email: 'bob@example.org',
      groups: ['staff'],
      roles: ['admin', 'clerk'],
      disabled: true,
    };
    const users = [{ ...first, groups: [], roles: [], disabled: false }, full];
    expect(parseUsers(formatUsers(users))).toEqual(users);
    expect(JSON.parse(formatUsers(users))).toEqual({ users: [first, full] });
  });

  it.each([
    ['no JSON', `{"users":[{"passwordHash":"${hash}"`, 'is not JSON'],
    ['a list', '[]', 'must be a JSON object'],
    ['no users', '{}', 'users must be a list'],
    ['another field', '{"users":[],"user":[]}', 'the file must hold only users'],
    ['a user that is a text', textOf(first, 'x'), 'users[1] must be an object'],
    ['a misspelt field', textOf({ ...first, disable: true }), 'users[0] must hold only id,'],
    ['no id', textOf({ ...first, id: undefined }), 'users[0].id must be a UUID'],
    ['an id that is none', textOf({ ...first, id: 'ana' }), 'users[0].id must be a UUID'],
    ['no name', textOf({ ...first, username: undefined }), 'users[0].username must be there'],
    ['a blank name', textOf({ ...first, username: ' ' }), 'users[0].username must be a text'],
    ['no hash', textOf({ ...first, passwordHash: undefined }), 'users[0].passwordHash must be a text'],
    [
      'a plain password',
      textOf({ ...first, passwordHash: 'canary' }),
      'users[0].passwordHash must look like',
    ],
    ['a long text', textOf(first, { ...second, email: 'x'.repeat(257) }), 'users[1].email must be a text'],
    ['a line break', textOf({ ...first, displayName: 'a\nb' }), 'users[0].displayName must be a text'],
    ['roles as a text', textOf({ ...first, roles: 'admin' }), 'users[0].roles must be a list'],
    ['a role that is none', textOf({ ...first, roles: ['a', 1] }), 'users[0].roles[1] must be a text'],
    ['disabled as a text', textOf({ ...first, disabled: 'true' }), 'users[0].disabled must be true or false'],
    [
      'the same name',
      textOf(first, { ...second, username: ' ANA' }),
      'users[1].username is the same as users[0].username',
    ],
    [
      'the same id',
      textOf(first, { ...second, id: first.id.toUpperCase() }),
      'users[1].id is the same as users[0].id',
    ],
  ])('is refused with %s', (_case, text, words) => {
    expect(faultOf(text)).toContain(words);
    expect(faultOf(text)).not.toContain(hash);
    expect(faultOf(text)).not.toContain('canary');
  });

  it('is refused with more than 10,000 users', () => {
    expect(faultOf(textOf(...Array.from({ length: 10_001 }, () => 0)))).toContain('more than 10000');
  });
});
