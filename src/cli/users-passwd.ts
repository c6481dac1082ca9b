import { hashPassword } from '../strategies/file/password-hash';
import { type CommandContext, onlyName, readArguments } from './command';
import { changeUser, requireUser, whoIs } from './edit-users';
import { readNewPassword } from './password-input';

/** `users passwd NAME`: gives a user a new password. */
export async function usersPasswd(args: readonly string[], context: CommandContext): Promise<void> {
  const { values, positionals } = readArguments(args, { 'password-stdin': { type: 'boolean' } });
  const name = onlyName(positionals);
  const { settings, audit } = context;
  const { usersFile, passwordRules: rules } = settings;
  const user = requireUser(usersFile, name);
  const fromStdin = values['password-stdin'] ?? false;
  const password = await readNewPassword({ username: user.username, fromStdin, rules }, context);
  const passwordHash = await hashPassword(password);
  changeUser(usersFile, name, (found) => ({ ...found, passwordHash }));
  audit.record({ event: 'user_change', action: 'password_set', ...whoIs(user) });
  context.stderr.write(`Changed the password of ${user.username}\n`);
}
