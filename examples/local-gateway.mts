import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const dist = join(import.meta.dirname, '..', 'dist');

type Variables = Readonly<Record<string, string>>;

/** A program of an example that runs beside the one that started it. */
export interface RunningProgram {
  /** The address that it said it is ready on. */
  readonly url: string;
  /** Ends with it, however that happens. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/** Somebody of the users file. */
export interface Person {
  readonly username: string;
  readonly displayName: string;
  readonly role: string;
}

/** A gateway of this repository with a users file of its own. */
export interface LocalGateway extends RunningProgram {
  /** By user name. They are made up at each start, so that no password is the same on two machines. */
  readonly passwords: ReadonlyMap<string, string>;
}

interface GatewayOptions {
  readonly people: readonly Person[];
  /** Further settings (docs/configuration.md); without PORT it takes a free one. */
  readonly settings?: Variables;
}

/** Starts a gateway on 127.0.0.1 with the people given. Its data are in a temporary folder, which is gone after the end. */
export async function startLocalGateway({ people, settings = {} }: GatewayOptions): Promise<LocalGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-example-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const own = {
    DATA_DIR: folder,
    STRATEGIES: 'file',
    AUDIT_LOG: join(folder, 'audit.log'),
    LOG_LEVEL: 'warn',
  };
  const env = { PORT: '0', DEFAULT_LOCALE: 'en', ...own, ...settings };
  const passwords = new Map<string, string>();
  for (const person of people) passwords.set(person.username, await addPerson(person, env));
  const gateway = await startProgram({ file: join(dist, 'main.js'), cwd: folder, env });
  return { ...gateway, passwords };
}

/** As `npm run cli -- users add NAME` does it. Gives the password. */
async function addPerson({ username, displayName, role }: Person, env: Variables): Promise<string> {
  const password = randomBytes(9).toString('base64url');
  const options = ['--display-name', displayName, '--role', role, '--password-stdin'];
  const args = [join(dist, 'cli', 'main.js'), 'users', 'add', username, ...options];
  const child = spawn(process.execPath, args, {
    cwd: env['DATA_DIR'],
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'pipe',
  });
  child.stdin.end(`${password}\n`);
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (child.exitCode !== 0) throw new Error(`${username} could not be added to the users file: ${said}`);
  return password;
}

interface ProgramOptions {
  readonly file: string;
  readonly cwd: string;
  /** The whole environment, so that nothing of this terminal changes what the example shows. */
  readonly env: Variables;
}

/** Starts a program by this Node and waits until it says that it is ready. @throws Error when it ends before that */
export async function startProgram({ file, cwd, env }: ProgramOptions): Promise<RunningProgram> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [file], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: [...stdio],
  });
  process.once('exit', () => child.kill('SIGTERM'));
  const ended = once(child, 'exit');
  const url = await Promise.race([readyAddress(child), ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`${file} ended before it was ready`);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, ended, stop };
}

function readyAddress({ stdout }: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve) => {
    stdout?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      const [, url] = /ready on (http:\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}
