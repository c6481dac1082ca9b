import { type CommandContext, onlyName, readArguments } from './command';
import { changeUser } from './edit-users';

/** `users remove NAME`: deletes a user. The same name added later gets another id, and so is another person. */
export function usersRemove(args: readonly string[], context: CommandContext): Promise<void> {
  const name = onlyName(readArguments(args, {}).positionals);
  changeUser(context.settings.usersFile, name, () => undefined);
  context.stderr.write(`Removed ${name}\n`);
  return Promise.resolve();
}
