import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { describeError } from '../../src/common/system-error';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes standard output and standard error. */
  readonly logFile: string;
  /**
   * `log` is what it has written since this start. Where a port may be taken, only that tells: another server may answer on it.
   */
  readonly isReady: (log: string) => Promise<boolean>;
  readonly readyTimeoutMs?: number;
}

const stopTimeoutMs = 5000;
const pollEveryMs = 20;
const parentDeathTool = '/usr/bin/setpriv';

/** A server that runs as a child of the test and never outlives it. Signals go to this one process id. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly options: ProcessOptions,
    /** Where the log of this start begins, in bytes. */
    private readonly logStart: number,
  ) {}

  /** Resolves when the server answers. @throws Error with the end of its log when it ends first or takes too long. */
  static async start(options: ProcessOptions): Promise<ServerProcess> {
    mkdirSync(dirname(options.logFile), { recursive: true });
    const logStart = statSync(options.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const server = new ServerProcess(spawnLogged(options), options, logStart);
    await server.untilReady(options.readyTimeoutMs ?? 20_000);
    return server;
  }

  get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  log(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  /** Keeps its sockets open and answers nothing, like a machine that hangs. */
  pause(): void {
    this.child.kill('SIGSTOP');
    // The signal is only on its way: until every thread has stopped, an answer may still get out.
    for (let look = 0; look < mostLooks && !isStopped(this.child.pid); look++) continue;
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    // A paused process does not see SIGTERM.
    this.child.kill('SIGCONT');
    this.child.kill('SIGTERM');
    const lastResort = setTimeout(() => this.child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(lastResort);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }

  private async untilReady(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      if (!this.isRunning) throw this.failure('ended before it was ready');
      if (await this.options.isReady(this.logOfThisStart())) return;
      await sleep(pollEveryMs);
    }
    await this.stop();
    throw this.failure(`was not ready within ${timeoutMs} ms`);
  }

  private logOfThisStart(): string {
    return readFileSync(this.options.logFile).subarray(this.logStart).toString();
  }

  private failure(what: string): Error {
    const log = this.logOfThisStart();
    return new Error(`${this.options.command} ${what}. The end of its log:\n${log.slice(-2000)}`);
  }
}

function spawnLogged({ command, args, logFile }: ProcessOptions): ChildProcess {
  const log = openSync(logFile, 'a');
  // Jest gives tests a copy of `process`, whose exit event never comes. So the kernel ends the server when its parent dies,
  // however that happens (PR_SET_PDEATHSIG); setpriv then becomes the server, with the same process id.
  const [file, ...rest] = existsSync(parentDeathTool)
    ? [parentDeathTool, '--pdeathsig', 'KILL', command, ...args]
    : [command, ...args];
  try {
    const child = spawn(file ?? command, rest, { stdio: ['ignore', log, log] });
    // Without a listener a failed spawn would end the test run; `isRunning` reports it.
    child.on('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Below those that systems give to outgoing connections and to `listen(0)`; a Redis of a Cluster also takes the one 10,000 above. */
const firstPort = 10_240;
const ports = 10_000;
const portAttempts = 5;

/** A TCP port of 127.0.0.1 that nobody listens on at this moment, nor gets without asking for it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, firstPort + ports);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Starts a server that chooses its ports itself, once more when somebody else was quicker to take one of them. */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === portAttempts || !isPortTaken(error)) throw error;
    }
  }
}

/** In the words of libc, libuv and Samba. */
function isPortTaken(error: unknown): boolean {
  return /address already in use|EADDRINUSE|ADDRESS_ALREADY/i.test(describeError(error));
}

export function answersOn(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

/** The first of these files that exists. @throws Error that says how to install the test servers. */
export function installedProgram(...candidates: readonly string[]): string {
  const found = candidates.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(`${candidates.join(' or ')} is missing: run scripts/install-test-servers.sh`);
}

/** Runs a program to its end. @throws Error with what it wrote when it fails. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { cwd, env = process.env, input = '' } = options;
    const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`${command} ended with ${code}:\n${text.slice(-2000)}`));
    });
    // A program may end before it has read what it does not want.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const mostLooks = 10_000;

function isStopped(pid: number | undefined): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).every((task) => /\) [Tt] /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8')));
}
