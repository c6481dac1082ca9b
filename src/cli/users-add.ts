import { randomUUID } from 'node:crypto';
import { hashPassword } from '../strategies/file/password-hash';
import { writeUsersFile } from '../strategies/file/users-file-access';
import { whileLocked } from '../strategies/file/users-file-lock';
import { isShortText } from '../strategies/file/users-document';
import { type CommandContext, onlyName, readArguments, Refused, UsageFault } from './command';
import { findUser, usersIn, whoIs } from './edit-users';
import { readNewPassword } from './password-input';

const options = {
  'display-name': { type: 'string' },
  email: { type: 'string' },
  group: { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  'password-stdin': { type: 'boolean' },
} as const;

/** `users add NAME`: makes a user, and the file when it is missing. */
export async function usersAdd(args: readonly string[], context: CommandContext): Promise<void> {
  const { values, positionals } = readArguments(args, options);
  const username = onlyName(positionals);
  const { 'display-name': displayName, email, group: groups = [], role: roles = [] } = values;
  refuseUnfit([username, displayName, email, ...groups, ...roles]);
  const { settings, audit } = context;
  const { usersFile } = settings;
  refuseTaken(usersFile, username);
  const fromStdin = values['password-stdin'] ?? false;
  const rules = context.settings.passwordRules;
  const password = await readNewPassword({ username, fromStdin, rules }, context);
  const passwordHash = await hashPassword(password);
  const user = {
    id: randomUUID(),
    username,
    passwordHash,
    displayName,
    email,
    groups,
    roles,
    disabled: false,
  };
  whileLocked(usersFile, () => {
    // Looked at again: somebody may have taken the name while the password was typed.
    refuseTaken(usersFile, username);
    writeUsersFile(usersFile, [...usersIn(usersFile), user]);
  });
  audit.record({ event: 'user_change', action: 'added', ...whoIs(user) });
  context.stderr.write(`Added ${username} to ${usersFile}\n`);
}

function refuseUnfit(texts: readonly (string | undefined)[]): void {
  if (texts.every((text) => text === undefined || isShortText(text))) return;
  throw new UsageFault(
    'NAME and all options must be texts of 1 to 256 characters without control characters',
  );
}

function refuseTaken(path: string, username: string): void {
  if (!findUser(usersIn(path), username)) return;
  throw new Refused(`There is already a user ${JSON.stringify(username)} in ${path}`);
}
