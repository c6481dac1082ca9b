import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { PasswordRules } from '../auth/password-rules';
import { describeError } from '../common/system-error';
import { type CommandContext, Refused, UsageFault } from './command';

type Terminal = Pick<CommandContext, 'stdin' | 'stderr'>;

const longestBytes = 1024;

/** Who is to have a new password, and what it must be. */
interface NewPassword {
  readonly username: string;
  readonly fromStdin: boolean;
  /** Throws where the list of forbidden ones cannot be read. */
  readonly rules: () => Pick<PasswordRules, 'faultOf'>;
}

/**
 * Asks for a new password: the first line of standard input, or twice on a terminal without showing it.
 * @throws Refused when it is not as the rules want it
 */
export async function readNewPassword(wanted: NewPassword, terminal: Terminal): Promise<string> {
  const { username, fromStdin, rules } = wanted;
  const password = fromStdin ? await firstLine(terminal.stdin, 'password') : await askedTwice(terminal);
  const fault = rulesFrom(rules).faultOf(password, username);
  if (fault) throw new Refused(fault.en);
  if (Buffer.byteLength(password) > longestBytes) {
    throw new Refused(`The password is longer than ${longestBytes} bytes`);
  }
  return password;
}

function rulesFrom(rules: NewPassword['rules']): Pick<PasswordRules, 'faultOf'> {
  try {
    return rules();
  } catch (error) {
    throw new Refused(describeError(error), { cause: error });
  }
}

/**
 * The first line of standard input without the line break, otherwise byte for byte. More than a few KiB are not read.
 * @throws Refused when it is no UTF-8; the text calls it by the name `what`
 */
export async function firstLine(stdin: Terminal['stdin'], what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part: unknown = chunk;
    if (!Buffer.isBuffer(part)) continue;
    chunks.push(part);
    bytes += part.length;
    if (part.includes('\n') || bytes > 2 * longestBytes) break;
  }
  const [line = ''] = decoded(Buffer.concat(chunks), what).split('\n');
  return line.replace(/\r$/, '');
}

/** A password in another encoding would never match what a browser sends. */
function decoded(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Refused(`The ${what} is not UTF-8`, { cause: error });
  }
}

async function askedTwice(terminal: Terminal): Promise<string> {
  if (!terminal.stdin.isTTY) {
    throw new UsageFault('Standard input is no terminal; pass the password there with --password-stdin');
  }
  const first = await askHidden('New password: ', terminal);
  const second = await askHidden('The same again: ', terminal);
  if (first !== second) throw new Refused('The two passwords differ; nothing has been changed');
  return first;
}

/** Readline takes care of the keys; what it would show goes nowhere. */
async function askHidden(prompt: string, { stdin, stderr }: Terminal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  const ended = new AbortController();
  lines.once('close', () => ended.abort());
  try {
    const answer = lines.question('', { signal: ended.signal });
    // Only now: whoever answers at once is then heard.
    stderr.write(prompt);
    return await answer;
  } catch (error) {
    throw new Refused('No password was given; nothing has been changed', { cause: error });
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
