import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cheapHash } from './cheap-hash';
import { writeUsersFile } from '../../src/strategies/file/users-file-access';
import { Client, cookieOf } from './client';
import { temporaryFolder } from './gateway';
import { eventually } from './ldap-logins';

/** How often each storm kills; `STORM_KILLS=50 npx jest test/storm` does more. */
export const kills = Number(process.env['STORM_KILLS'] ?? '6');
/** For all rounds of a storm, on a machine that is busy with other things. */
export const stormTimeoutMs = 90_000 + kills * 60_000;

const devices = 12;
const main = join(__dirname, '..', '..', 'dist', 'main.js');
const password = 'correct horse battery';
const pauseMs = 5;
const running = new Set<ChildProcess>();
afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

type Variables = Readonly<Record<string, string>>;

/** The built gateway as a process of its own. */
export class GatewayProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Resolves when it is ready. @throws Error with what it said instead. */
  static async start(env: Variables): Promise<GatewayProcess> {
    const child = spawn(process.execPath, [main], {
      cwd: temporaryFolder(),
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', PORT: '0', ...env },
    });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        // Later it writes an audit line for each refresh.
        if (!output.includes('ready on')) output += chunk.toString();
      });
    }
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
    await eventually(() => output.includes('ready on') || hasEnded(), 180_000);
    const url = /ready on (http:\S+) /.exec(output)?.[1];
    if (url === undefined) throw new Error(`not ready: ${output}`);
    return new GatewayProcess(child, url);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Asks it to end, and gives its exit code; null when it did not end by itself. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** Keeps its sockets open and answers nothing, like a machine that hangs. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
    running.delete(this.child);
    return this.child.exitCode;
  }
}

/** A users file with alice, and limits that a storm does not reach. */
export async function stormSettings(): Promise<Variables> {
  const folder = temporaryFolder();
  const usersFile = join(folder, 'users.json');
  const passwordHash = await cheapHash(password);
  const alice = { id: '11111111-1111-4111-8111-111111111111', username: 'alice', passwordHash };
  writeUsersFile(usersFile, [{ ...alice, groups: [], roles: [], disabled: false }]);
  return {
    STRATEGIES: 'file',
    USERS_FILE: usersFile,
    DATA_DIR: join(folder, 'data'),
    RATE_LIMIT_AUTH_MAX: '100000',
    RATE_LIMIT_MAX: '1000000',
    SESSIONS_MAX_PER_PERSON: '1000',
  };
}

export interface StormOptions {
  /** Whether 503 is an answer that a client may get: the store is away for a moment. */
  readonly mayBeOut?: boolean;
  /** Whether each request has a connection of its own, so that workers take turns. */
  readonly isSpread?: boolean;
}

/** Devices that refresh without a pause, and what the gateway has acknowledged to them. */
export class Storm {
  /** Refreshes that were answered 200. */
  acknowledged = 0;
  /** Requests that were not answered, or with 503. */
  unanswered = 0;
  /** Answers that no honest client may get. */
  readonly wrong: string[] = [];
  private cookies: string[] = [];
  private readonly ended: string[] = [];

  constructor(private readonly options: StormOptions = {}) {}

  /** How many sessions a logout has ended. */
  get logouts(): number {
    return this.ended.length;
  }

  async logIn(url: string): Promise<void> {
    const client = this.clientOf(url);
    this.cookies = [];
    // One after the other: on a busy machine the last of many at once would wait for too long.
    while (this.cookies.length < devices) this.cookies.push(cookieOf(await client.login('alice', password)));
    expect(new Set(this.cookies).size).toBe(devices);
  }

  /** Refreshes on all devices, and logs in and out beside them, to the end of `disturbance`. One login has ended before it. */
  async rageDuring(url: string, disturbance: () => Promise<void>): Promise<void> {
    let isOver = false;
    const client = this.clientOf(url);
    // Tries that were lost with a killed process count for 30 seconds, so that after several kills alice has to wait.
    await eventually(() => this.logInAndOut(client), 60_000);
    const until = { client, isOver: () => isOver };
    const work = [...this.cookies.keys()].map((device) => this.refreshUntil(until, device));
    const all = Promise.all([...work, this.logInAndOutUntil(until)]);
    await disturbance().finally(() => (isOver = true));
    await all;
  }

  /** The middle of it, at another moment in each round: when so many more refreshes were acknowledged. */
  async middle(round: number): Promise<void> {
    const goal = this.acknowledged + 2 * devices + 7 * (round % 9);
    await eventually(() => this.acknowledged >= goal || this.wrong.length > 0, 60_000);
  }

  /** Every token that was acknowledged last leads on, and none that a logout has ended. */
  async expectNothingLost(url: string): Promise<void> {
    expect(this.wrong).toEqual([]);
    const client = this.clientOf(url);
    for (const [device, cookie] of this.cookies.entries()) {
      const refreshed = await this.answered(() => client.refresh(cookie));
      expect([device, refreshed.status]).toEqual([device, 200]);
      this.cookies[device] = cookieOf(refreshed);
    }
    for (const cookie of this.ended) {
      expect((await this.answered(() => client.refresh(cookie))).status).toBe(401);
    }
  }

  private async refreshUntil({ client, isOver }: Until, device: number): Promise<void> {
    while (!isOver()) {
      const answer = await this.attempt(() => client.refresh(this.cookies[device] ?? ''));
      if (answer?.status === 200) {
        this.cookies[device] = cookieOf(answer);
        this.acknowledged++;
      } else if (answer) {
        this.wrong.push(`device ${device}: ${answer.status} ${answer.text}`);
        return;
      } else await sleep(pauseMs);
    }
  }

  private async logInAndOutUntil({ client, isOver }: Until): Promise<void> {
    while (!isOver()) {
      if (!(await this.logInAndOut(client))) await sleep(pauseMs);
    }
  }

  /** True when the logout was acknowledged. */
  private async logInAndOut(client: Client): Promise<boolean> {
    const login = await this.attempt(() => client.login('alice', password));
    const cookie = login && cookieOf(login);
    const logout = cookie && (await this.attempt(() => client.logout(cookie)));
    if (!logout || logout.status !== 200) return false;
    this.ended.push(cookie);
    return true;
  }

  /** Undefined for what a client tries again: no answer, or 503 where that may be. */
  private async attempt(request: () => Promise<Answered>): Promise<Answered | undefined> {
    const answer = await request().catch(() => undefined);
    if (answer && !(answer.status === 503 && this.options.mayBeOut)) return answer;
    this.unanswered++;
    return undefined;
  }

  /** Tries until there is an answer. */
  private async answered(request: () => Promise<Answered>): Promise<Answered> {
    let answer: Answered | undefined;
    await eventually(async () => (answer = await this.attempt(request)) !== undefined, 60_000);
    if (!answer) throw new Error('no answer');
    return answer;
  }

  private clientOf(url: string): Client {
    return this.options.isSpread ? new SpreadClient(url) : new Client(url);
  }
}

interface Until {
  readonly client: Client;
  readonly isOver: () => boolean;
}

type Answered = Awaited<ReturnType<Client['request']>>;

/** Each request over a connection of its own. */
class SpreadClient extends Client {
  override request(...[path, options]: Parameters<Client['request']>): ReturnType<Client['request']> {
    return super.request(path, { ...options, headers: { ...options?.headers, connection: 'close' } });
  }
}

/** Says what a storm has found, where somebody asked for more than usual. */
export function tell(storm: Storm): void {
  if (process.env['STORM_KILLS'] === undefined) return;
  const { acknowledged, unanswered, logouts } = storm;
  console.log(`${kills} kills: ${JSON.stringify({ acknowledged, unanswered, logouts })}`);
}
