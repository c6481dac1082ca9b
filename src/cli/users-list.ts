import type { UserRecord } from '../strategies/file/user-source';
import { type CommandContext, noName, readArguments } from './command';
import { usersIn } from './edit-users';

/** `users list`: one line for each user, with tabs between name, state, id, display name, groups and roles. */
export function usersList(args: readonly string[], context: CommandContext): Promise<void> {
  noName(readArguments(args, {}).positionals);
  for (const user of usersIn(context.settings.usersFile)) context.stdout.write(`${lineOf(user)}\n`);
  return Promise.resolve();
}

/** The file allows no control characters, so no text can hold a tab or a line break. */
function lineOf(user: UserRecord): string {
  return [
    user.username,
    user.disabled ? 'disabled' : 'enabled',
    user.id,
    user.displayName ?? '',
    user.groups.join(','),
    user.roles.join(','),
  ].join('\t');
}
