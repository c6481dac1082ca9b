import { type Command, type CommandContext, onlyName, readArguments } from './command';
import { changeUser, whoIs } from './edit-users';

/** `users disable NAME`: the user cannot log in, and running sessions end when the gateway looks again. */
export const usersDisable: Command = (args, context) => setDisabled(args, context, true);

/** `users enable NAME`: undoes `disable`. */
export const usersEnable: Command = (args, context) => setDisabled(args, context, false);

function setDisabled(args: readonly string[], context: CommandContext, disabled: boolean): Promise<void> {
  const name = onlyName(readArguments(args, {}).positionals);
  const { settings, audit } = context;
  const changed = changeUser(settings.usersFile, name, (user) => ({ ...user, disabled }));
  audit.record({ event: 'user_change', action: disabled ? 'disabled' : 'enabled', ...whoIs(changed) });
  const after = disabled ? '; live sessions end at their next refresh, within IDENTITY_MAX_AGE_SECONDS' : '';
  context.stderr.write(`${disabled ? 'Disabled' : 'Enabled'} ${name}${after}\n`);
  return Promise.resolve();
}
