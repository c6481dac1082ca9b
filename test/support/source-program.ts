import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { temporaryFolder } from './gateway';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that was started, with what it has written so far. */
export interface StartedProgram {
  readonly child: ChildProcess;
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Outcome>;
}

export type Variables = Readonly<Record<string, string>>;

const root = resolve(__dirname, '../..');

/** Lets Node run our sources: `node -r <this>`. */
export const typescriptHook = join(__dirname, 'typescript.cjs');

/** Runs programs of this project from their sources, in real processes: what was built last may be older than they are. */
export class SourcePrograms {
  /** Starts a program of `src` in an empty folder, with only the settings given here. */
  start([program = '', ...args]: readonly string[], env: Variables): StartedProgram {
    const child = spawn(process.execPath, ['-r', typescriptHook, join(root, 'src', program), ...args], {
      cwd: temporaryFolder(),
      env: { PATH: process.env.PATH, ...env },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const ended = new Promise<Outcome>((done, reject) => {
      child.on('error', reject);
      child.on('close', (status) => done({ status, ...output }));
    });
    return { child, output, ended };
  }

  /** Runs it to its end. */
  run(program: readonly string[], env: Variables): Promise<Outcome> {
    return this.start(program, env).ended;
  }

  /** Runs a command of the command line, its words separated by blanks. */
  cli(words: string, env: Variables): Promise<Outcome> {
    return this.run(['cli/main.ts', ...words.split(' ')], env);
  }
}
