import { hashPassword } from '../strategies/file/password-hash';
import { type CommandContext, onlyName, readArguments } from './command';
import { changeUser, requireUser } from './edit-users';
import { readNewPassword } from './password-input';

/** `users passwd NAME`: gives a user a new password. */
export async function usersPasswd(args: readonly string[], context: CommandContext): Promise<void> {
  const { values, positionals } = readArguments(args, { 'password-stdin': { type: 'boolean' } });
  const name = onlyName(positionals);
  const { usersFile } = context.settings;
  const { username } = requireUser(usersFile, name);
  const fromStdin = values['password-stdin'] ?? false;
  const rules = context.settings.passwordRules;
  const password = await readNewPassword({ username, fromStdin, rules }, context);
  const passwordHash = await hashPassword(password);
  changeUser(usersFile, name, (user) => ({ ...user, passwordHash }));
  context.stderr.write(`Changed the password of ${username}\n`);
}
