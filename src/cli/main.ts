#!/usr/bin/env node
import { SystemClock } from '../common/clock';
import { ConfigurationError } from '../config/load-settings';
import { UsersFileFault } from '../strategies/file/users-file-access';
import { loadCliAuditSettings, loadCliSettings } from './cli-settings';
import { type Command, type CommandContext, Refused, UsageFault } from './command';
import { CommandAudit } from './command-audit';
import { help, helpText } from './help';

type LoadsCommand = () => Command | Promise<Command>;

/** Each is loaded when it is asked for: half of a second for those that know the directory, next to nothing for `health`. */
const commands: ReadonlyMap<string, LoadsCommand> = new Map<string, LoadsCommand>([
  ['users add', async () => (await import('./users-add.js')).usersAdd],
  ['users passwd', async () => (await import('./users-passwd.js')).usersPasswd],
  ['users list', async () => (await import('./users-list.js')).usersList],
  ['users remove', async () => (await import('./users-remove.js')).usersRemove],
  ['users disable', async () => (await import('./users-disable.js')).usersDisable],
  ['users enable', async () => (await import('./users-disable.js')).usersEnable],
  ['clients add', async () => (await import('./clients-add.js')).clientsAdd],
  ['clients check', async () => (await import('./clients-check.js')).clientsCheck],
  ['keys list', async () => (await import('./keys-list.js')).keysList],
  ['keys rotate', async () => (await import('./keys-rotate.js')).keysRotate],
  ['keys retire', async () => (await import('./keys-retire.js')).keysRetire],
  ['keys reseal', async () => (await import('./keys-reseal.js')).keysReseal],
  ['accounts show', async () => (await import('./accounts-show.js')).accountsShow],
  ['accounts unlock', async () => (await import('./accounts-unlock.js')).accountsUnlock],
  ['backup', async () => (await import('./backup.js')).backup],
  ['restore', async () => (await import('./restore.js')).restore],
  ['doctor', async () => (await import('./doctor.js')).doctor],
  ['health', async () => (await import('./health.js')).health],
  ['help', () => help],
  ['--help', () => help],
  ['-h', () => help],
]);

/** Runs one command and gives the exit status. */
async function run(args: readonly string[]): Promise<number> {
  try {
    const { load, rest } = find(args);
    const command = await load();
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

function find(args: readonly string[]): { load: LoadsCommand; rest: readonly string[] } {
  for (const words of [2, 1]) {
    const load = commands.get(args.slice(0, words).join(' '));
    if (load) return { load, rest: args.slice(words) };
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
