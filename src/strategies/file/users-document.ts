import { canonicalUsername } from '../identity';
import { passwordHashFault } from './password-hash';
import type { UserRecord } from './user-source';

/** What is wrong with a users file, by place: `users[3].email must be …`. Holds no value and no hash. */
export class UsersDocumentFault extends Error {
  override readonly name = 'UsersDocumentFault';
}

export const mostUsers = 10_000;
const mostItems = 1000;
const longestText = 256;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const fields = [
  'id',
  'username',
  'passwordHash',
  'displayName',
  'givenName',
  'familyName',
  'email',
  'groups',
  'roles',
  'disabled',
];

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads the text of a users file. @throws UsersDocumentFault for the first thing that is wrong. */
export function parseUsers(text: string): readonly UserRecord[] {
  const document = parseJson(text);
  if (!isObject(document)) throw new UsersDocumentFault('must be a JSON object with the list "users"');
  refuseUnknown(document, ['users'], 'the file');
  const { users } = document;
  if (!Array.isArray(users)) throw new UsersDocumentFault('users must be a list');
  const items: readonly unknown[] = users;
  if (items.length > mostUsers) throw new UsersDocumentFault(`users must not be more than ${mostUsers}`);
  const records = items.map((item, index) => userFrom(item, `users[${index}]`));
  refuseDuplicates(records, 'username', (user) => canonicalUsername(user.username));
  refuseDuplicates(records, 'id', (user) => user.id);
  return records;
}

/** The text of a users file. What is empty or false is left out. */
export function formatUsers(users: readonly UserRecord[]): string {
  const items = users.map(({ groups, roles, disabled, ...rest }) => ({
    ...rest,
    ...(groups.length > 0 ? { groups } : {}),
    ...(roles.length > 0 ? { roles } : {}),
    ...(disabled ? { disabled } : {}),
  }));
  return `${JSON.stringify({ users: items }, undefined, 2)}\n`;
}

/** The parser's own error quotes the text, which may be a hash. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsersDocumentFault('is not JSON');
  }
}

function userFrom(item: unknown, place: string): UserRecord {
  if (!isObject(item)) throw new UsersDocumentFault(`${place} must be an object`);
  refuseUnknown(item, fields, place);
  return {
    id: idFrom(item, place),
    username: usernameFrom(item, place),
    passwordHash: passwordHashFrom(item, place),
    displayName: optionalText(item, 'displayName', place),
    givenName: optionalText(item, 'givenName', place),
    familyName: optionalText(item, 'familyName', place),
    email: optionalText(item, 'email', place),
    groups: texts(item, 'groups', place),
    roles: texts(item, 'roles', place),
    disabled: disabledFrom(item, place),
  };
}

/** One spelling, so that the same person cannot stand in the file twice. */
function idFrom(item: JsonObject, place: string): string {
  const { id } = item;
  if (typeof id === 'string' && uuid.test(id)) return id.toLowerCase();
  throw new UsersDocumentFault(`${place}.id must be a UUID`);
}

function usernameFrom(item: JsonObject, place: string): string {
  const username = optionalText(item, 'username', place);
  if (username !== undefined && canonicalUsername(username) !== '') return username;
  throw new UsersDocumentFault(`${place}.username must be there`);
}

function passwordHashFrom(item: JsonObject, place: string): string {
  const { passwordHash } = item;
  if (typeof passwordHash !== 'string') throw new UsersDocumentFault(`${place}.passwordHash must be a text`);
  const fault = passwordHashFault(passwordHash);
  if (fault !== undefined) throw new UsersDocumentFault(`${place}.passwordHash ${fault}`);
  return passwordHash;
}

function disabledFrom(item: JsonObject, place: string): boolean {
  const { disabled = false } = item;
  if (typeof disabled === 'boolean') return disabled;
  throw new UsersDocumentFault(`${place}.disabled must be true or false`);
}

function optionalText(item: JsonObject, field: string, place: string): string | undefined {
  const value = item[field];
  if (value === undefined || isShortText(value)) return value;
  throw new UsersDocumentFault(`${place}.${field} ${textRule}`);
}

function texts(item: JsonObject, field: string, place: string): readonly string[] {
  const value = item[field] ?? [];
  if (!Array.isArray(value) || value.length > mostItems) {
    throw new UsersDocumentFault(`${place}.${field} must be a list of at most ${mostItems} texts`);
  }
  const items: readonly unknown[] = value;
  return items.map((text, index) => {
    if (isShortText(text)) return text;
    throw new UsersDocumentFault(`${place}.${field}[${index}] ${textRule}`);
  });
}

const textRule = `must be a text of 1 to ${longestText} characters without control characters`;

/** Whether a text may stand in the file: these texts reach tokens, headers, logs and terminals. */
export function isShortText(value: unknown): value is string {
  return (
    typeof value === 'string' && value.trim() !== '' && value.length <= longestText && !/\p{Cc}/u.test(value)
  );
}

/** A misspelt `disabled` that is silently ignored would let somebody in. */
function refuseUnknown(value: JsonObject, known: readonly string[], place: string): void {
  const unknownAt = Object.keys(value).findIndex((name) => !known.includes(name));
  if (unknownAt < 0) return;
  throw new UsersDocumentFault(
    `${place} must hold only ${known.join(', ')} (field ${unknownAt + 1} is another one)`,
  );
}

function refuseDuplicates(
  users: readonly UserRecord[],
  field: string,
  keyOf: (user: UserRecord) => string,
): void {
  const seen = new Map<string, number>();
  for (const [index, user] of users.entries()) {
    const first = seen.get(keyOf(user));
    if (first !== undefined) {
      throw new UsersDocumentFault(`users[${index}].${field} is the same as users[${first}].${field}`);
    }
    seen.set(keyOf(user), index);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
