#!/usr/bin/env node
import { SystemClock } from '../common/clock';
import { ConfigurationError } from '../config/load-settings';
import { UsersFileFault } from '../strategies/file/users-file-access';
import { accountsShow } from './accounts-show';
import { accountsUnlock } from './accounts-unlock';
import { backup } from './backup';
import { loadCliAuditSettings, loadCliSettings } from './cli-settings';
import { clientsAdd } from './clients-add';
import { clientsCheck } from './clients-check';
import { type Command, type CommandContext, Refused, UsageFault } from './command';
import { CommandAudit } from './command-audit';
import { doctor } from './doctor';
import { health } from './health';
import { help, helpText } from './help';
import { keysList } from './keys-list';
import { keysReseal } from './keys-reseal';
import { keysRetire } from './keys-retire';
import { keysRotate } from './keys-rotate';
import { restore } from './restore';
import { usersAdd } from './users-add';
import { usersDisable, usersEnable } from './users-disable';
import { usersList } from './users-list';
import { usersPasswd } from './users-passwd';
import { usersRemove } from './users-remove';

const commands: ReadonlyMap<string, Command> = new Map([
  ['users add', usersAdd],
  ['users passwd', usersPasswd],
  ['users list', usersList],
  ['users remove', usersRemove],
  ['users disable', usersDisable],
  ['users enable', usersEnable],
  ['clients add', clientsAdd],
  ['clients check', clientsCheck],
  ['keys list', keysList],
  ['keys rotate', keysRotate],
  ['keys retire', keysRetire],
  ['keys reseal', keysReseal],
  ['accounts show', accountsShow],
  ['accounts unlock', accountsUnlock],
  ['backup', backup],
  ['restore', restore],
  ['doctor', doctor],
  ['health', health],
  ['help', help],
  ['--help', help],
  ['-h', help],
]);

/** Runs one command and gives the exit status. */
async function run(args: readonly string[]): Promise<number> {
  try {
    const { command, rest } = find(args);
    await command(rest, contextOf(process));
    return 0;
  } catch (error) {
    return report(error);
  }
}

/** The settings are read when a command asks for them: `help` helps whatever they are. */
function contextOf({ stdin, stdout, stderr }: NodeJS.Process): CommandContext {
  let audit: CommandAudit | undefined;
  return {
    stdin,
    stdout,
    stderr,
    get settings() {
      return loadCliSettings();
    },
    get audit() {
      audit ??= new CommandAudit({ settings: loadCliAuditSettings(), clock: new SystemClock(), stderr });
      return audit;
    },
  };
}

function find(args: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const words of [2, 1]) {
    const command = commands.get(args.slice(0, words).join(' '));
    if (command) return { command, rest: args.slice(words) };
  }
  throw new UsageFault(args.length === 0 ? 'A command is missing' : 'There is no such command');
}

/** What we refuse on purpose is told in a line; anything else is a fault of ours and keeps its trace. */
function report(error: unknown): number {
  if (error instanceof UsageFault) {
    process.stderr.write(`${error.message}\n\n${helpText}`);
    return 2;
  }
  if (error instanceof Refused || error instanceof UsersFileFault || error instanceof ConfigurationError) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  throw error;
}

void run(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
