import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import type { Clock } from './common/clock';
import type { Logger } from './common/logger';
import { systemErrorCode } from './common/system-error';
import type { Settings } from './config/settings';
import { PrimaryScrapes } from './ops/metrics/worker-scrapes';
import { answerFrom, workerArgument } from './stores/shared-counters';
import { WindowCounters } from './stores/window-counters';

const firstPauseMs = 100;
const longestPauseMs = 30_000;
/** A worker that has lived this long was well; the next death begins with the shortest pause again. */
const healthyAfterMs = 60_000;

/** How many worker processes the settings ask for; one means that this process serves by itself. */
export function workerCount({ WORKERS: wanted }: Pick<Settings, 'WORKERS'>): number {
  return wanted === 'auto' ? availableParallelism() : wanted;
}

/** What a worker sends that cannot start. */
export function startFault(text: string): { readonly startFault: string } {
  return { startFault: text };
}

export interface PrimaryOptions {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told once, when all workers listen. */
  readonly onReady: (port: number) => void;
}

/**
 * The primary process of WORKERS: starts the workers, which share one port and one embedded store, counts for all of them, and
 * starts one anew that has died. It serves no request itself.
 */
export class PrimaryProcess {
  private readonly counters: WindowCounters;
  /** The metrics of all workers. */
  readonly scrapes = new PrimaryScrapes(() => this.workers().filter((worker) => worker.isConnected()));
  private readonly listening = new Set<number>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  /** What the workers could not start for, each fault once. */
  private readonly faults = new Set<string>();
  private pauseMs = firstPauseMs;
  private isReady = false;
  private isStopping = false;
  /** Ends `run` with an exit code; the first one counts. */
  private end: (code: number) => void = () => undefined;

  constructor(private readonly options: PrimaryOptions) {
    this.counters = new WindowCounters(options.clock, options.settings.RATE_LIMIT_MAX_KEYS);
  }

  /** Resolves with the exit code of the process: when a worker cannot start at all, or after `stop`. */
  run(): Promise<number> {
    // Node's own policy hands each connection to a worker and forgets those that a dying worker had not taken yet: they would hang.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ args: [...process.argv.slice(2), workerArgument] });
    return new Promise((resolve) => {
      this.end = resolve;
      if (this.isStopping) return resolve(0);
      cluster.on('listening', (worker, { port }) => this.listens(worker, port));
      cluster.on('message', (worker, message: unknown) => {
        answerFrom(this.counters, message, worker);
        this.scrapes.take(message, worker);
        this.sayFault(message);
      });
      cluster.on('exit', (worker, code) => {
        this.listening.delete(worker.id);
        this.scrapes.ended(worker);
        // Another try would end as the first one did.
        if (!this.isReady && !this.isStopping) return this.giveUp(worker, code || 1);
        if (!this.isStopping) return this.startLater(worker, code);
        this.endWithTheLast();
      });
      cluster.on('disconnect', () => this.endWithTheLast());
      for (let count = workerCount(this.options.settings); count > 0; count--) this.start();
    });
  }

  /** Lets every worker finish what it serves. */
  stop(): void {
    this.isStopping = true;
    for (const timer of this.restarts) clearTimeout(timer);
    this.signal('SIGTERM');
    this.endWithTheLast();
  }

  /** None may be left already: all may wait for their restart. */
  private endWithTheLast(): void {
    if (this.isStopping && this.workers().length === 0) this.end(0);
  }

  /** Lets every worker read its files again. One that is starting reads them anyway, and may not take the signal yet. */
  reload(): void {
    for (const worker of this.workers()) if (this.listening.has(worker.id)) worker.process.kill('SIGHUP');
  }

  private signal(name: NodeJS.Signals): void {
    for (const worker of this.workers()) worker.process.kill(name);
  }

  private start(): void {
    const startedAtMs = performance.now();
    const worker = cluster.fork();
    // Of its channel, such as of what Node itself sends to one that has just died. It has an `exit` as well, which is acted upon.
    worker.on('error', (error) =>
      this.options.logger.warn(
        { pid: worker.process.pid, code: systemErrorCode(error) },
        'A worker cannot be reached',
      ),
    );
    worker.once('exit', () => {
      if (performance.now() - startedAtMs > healthyAfterMs) this.pauseMs = firstPauseMs;
    });
  }

  /** Once at the start; a worker that cannot be started again says it each time, up to twice a minute. */
  private sayFault(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('startFault' in message)) return;
    const text = String(message.startFault);
    if (!this.isReady && this.faults.has(text)) return;
    this.faults.add(text);
    process.stderr.write(`${text}\n`);
  }

  private startLater({ process: { pid } }: Worker, code: number | null): void {
    const { logger } = this.options;
    logger.error({ pid, code, pauseMs: this.pauseMs }, 'A worker has ended and is started again');
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      this.start();
    }, this.pauseMs);
    this.restarts.add(timer);
    this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
  }

  /** For workers that did not end in time: a stuck one would keep the port. */
  kill(): void {
    for (const worker of this.workers()) worker.process.kill('SIGKILL');
  }

  /** What the worker has said last may still be on its way. */
  private giveUp(worker: Worker, code: number): void {
    if (worker.isConnected()) worker.once('disconnect', () => this.end(code));
    else this.end(code);
    this.stop();
  }

  private listens(worker: Worker, port: number): void {
    this.listening.add(worker.id);
    if (this.isReady || this.listening.size < workerCount(this.options.settings)) return;
    this.isReady = true;
    this.options.onReady(port);
  }

  private workers(): readonly Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }
}
