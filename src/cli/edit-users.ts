import { canonicalUsername } from '../strategies/identity';
import type { UserRecord } from '../strategies/file/user-source';
import { readUsersFile, writeUsersFile } from '../strategies/file/users-file-access';
import { whileLocked } from '../strategies/file/users-file-lock';
import { type CommandAct, Refused } from './command';

/** The users in the file; none when there is no file yet. */
export function usersIn(path: string): readonly UserRecord[] {
  return readUsersFile(path) ?? [];
}

export function findUser(users: readonly UserRecord[], name: string): UserRecord | undefined {
  const wanted = canonicalUsername(name);
  return users.find((user) => canonicalUsername(user.username) === wanted);
}

/** @throws Refused when nobody has the name */
export function requireUser(path: string, name: string): UserRecord {
  const user = findUser(usersIn(path), name);
  if (!user) throw new Refused(`There is no user ${JSON.stringify(name)} in ${path}`);
  return user;
}

/**
 * Changes one user, or removes the user when the change gives undefined. Reads the file again first: a password may have taken a
 * while to type. Gives the user as found.
 */
export function changeUser(
  path: string,
  name: string,
  change: (user: UserRecord) => UserRecord | undefined,
): UserRecord {
  return whileLocked(path, () => {
    const found = requireUser(path, name);
    const { id } = found;
    const users = usersIn(path).flatMap((user) => (user.id === id ? (change(user) ?? []) : [user]));
    writeUsersFile(path, users);
    return found;
  });
}

/** How the audit trail names a user of the file. */
export function whoIs({ id, username }: UserRecord): Pick<CommandAct, 'username' | 'subject'> {
  return { username: canonicalUsername(username), subject: `file:${id}` };
}
