import { parseArgs, type ParseArgsConfig } from 'node:util';
import { describeError } from '../common/system-error';
import type { CliSettings } from './cli-settings';
import type { AuditEvent } from '../common/audit-trail';

/** What a command has done. */
export type CommandAct = Pick<
  AuditEvent,
  'event' | 'action' | 'username' | 'subject' | 'clientId' | 'kid' | 'reason'
>;

/** Takes down what a command has done. */
export interface CommandTrail {
  record(act: CommandAct): void;
}

/** What a command needs from the process around it. */
export interface CommandContext {
  readonly settings: CliSettings;
  /** Opened when a command first asks, which is before it changes anything. */
  readonly audit: CommandTrail;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** One command. It gets the arguments after its own name. */
export type Command = (args: readonly string[], context: CommandContext) => Promise<void>;

/** The command was understood but cannot be done: exit status 1. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The command was called wrongly: exit status 2. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

/** Reads options and positionals strictly. @throws UsageFault */
export function readArguments<O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // The parser names the option; it repeats no value.
    throw new UsageFault(describeError(error), { cause: error });
  }
}

/** The one NAME, or whatever `what` is, that a command wants. A second word may be a password, so it is not repeated. */
export function onlyName(positionals: readonly string[], what = 'NAME'): string {
  const [name, ...rest] = positionals;
  if (name === undefined || name.trim() === '') throw new UsageFault(`${what} is missing`);
  if (rest.length > 0) throw new UsageFault('There are words too many; a password is never an argument');
  return name.trim();
}

export function noName(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageFault('There are words too many');
}
