import { type CommandContext, onlyName, readArguments } from './command';
import { changeUser, whoIs } from './edit-users';

/** `users remove NAME`: deletes a user. The same name added later gets another id, and so is another person. */
export function usersRemove(args: readonly string[], context: CommandContext): Promise<void> {
  const name = onlyName(readArguments(args, {}).positionals);
  const { settings, audit } = context;
  const removed = changeUser(settings.usersFile, name, () => undefined);
  audit.record({ event: 'user_change', action: 'removed', ...whoIs(removed) });
  context.stderr.write(`Removed ${name}\n`);
  return Promise.resolve();
}
