import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { GatehouseError } from '../../../common/gatehouse-error';
import type { Logger } from '../../../common/logger';
import { describeError } from '../../../common/system-error';
import type { Closable } from '../../../strategies/credential-strategy';
import type { DecryptionAnswer, DecryptionOrder } from './decryption-order';
import { FairQueue } from './fair-queue';

/** Nothing can be decrypted at the moment: too much to do, or the thread has died. Becomes 503, never a wrong password. */
export class DecryptionUnavailable extends GatehouseError {
  override readonly name = 'DecryptionUnavailable';

  constructor(detail: string) {
    super('SERVICE_UNAVAILABLE', { detail: `password decryption: ${detail}`, retryAfterSeconds: 1 });
  }
}

export interface DecryptionThreadOptions {
  readonly logger: Logger;
  /** Most orders that wait while one is being worked on; default 64. */
  readonly mostWaiting?: number;
  /** How long an order may take in all, waiting included, in milliseconds; default 3000. */
  readonly deadlineMs?: number;
  /** The file that the thread runs; default is the one beside this file. */
  readonly workerPath?: string;
}

/** Far more than the work needs; an accident in the thread must not take the memory of the whole process. */
const mostHeapMiB = 64;
/** Where more of what is new outlives a collection than the old has room for, Node ends the whole process instead of the thread. */
const mostYoungMiB = 4;
/** The compiler makes `.mjs` of `.mts`; the tests run the source itself. */
const ownWorkerPath = join(__dirname, `decryption.worker.${__filename.endsWith('.ts') ? 'mts' : 'mjs'}`);

/**
 * One thread that decrypts one text at a time, so that no decryption keeps the event loop from its other work. Senders take
 * turns, and each is served in the order in which it asked. It is started at the first use, and again at the first use after it died; alone it keeps no process alive.
 */
export class DecryptionThread implements Closable {
  private worker: Worker | undefined;
  private running: Job | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private isClosed = false;
  private readonly waiting: FairQueue<Job>;
  private readonly logger: Logger;
  private readonly deadlineMs: number;
  private readonly workerPath: string;

  constructor({ logger, mostWaiting, deadlineMs, workerPath }: DecryptionThreadOptions) {
    this.logger = logger;
    this.waiting = new FairQueue(mostWaiting ?? 64);
    this.deadlineMs = deadlineMs ?? 3000;
    this.workerPath = workerPath ?? ownWorkerPath;
  }

  /**
   * @param sender for whom it is, so that nobody has to wait for all that another one asks
   * @returns the password; undefined when no way to read the text decrypts.
   * @throws DecryptionUnavailable when too many of the sender wait, the deadline passes, the thread dies on it, or all is closed.
   */
  decrypt(order: DecryptionOrder, sender = ''): Promise<string | undefined> {
    if (this.isClosed) return Promise.reject(new DecryptionUnavailable('it is closed'));
    const job = new Job(order);
    job.refuseAfter(this.deadlineMs, () => this.waiting.delete(sender, job));
    this.waiting.add(sender, job)?.refuse('too many passwords wait for it');
    this.workOn();
    return job.outcome;
  }

  /** Refuses what waits and ends the thread. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const job of this.waiting.drain()) job.refuse('it is closed');
    await this.endThread('it is closed');
  }

  private workOn(): void {
    while (!this.running && !this.isClosed) {
      const job = this.waiting.next();
      if (!job) return;
      this.begin(job);
    }
  }

  private begin(job: Job): void {
    try {
      this.worker ??= this.start();
      this.worker.postMessage(job.order);
    } catch (error) {
      this.logger.warn({ detail: describeError(error) }, 'The decryption thread cannot be started');
      job.refuse('its thread cannot be started');
      return;
    }
    this.running = job;
    // The order's own deadline may have begun long before its turn; a thread is given up only for being slow itself.
    this.watchdog = setTimeout(() => void this.endThread('its thread hangs'), this.deadlineMs);
  }

  private start(): Worker {
    const worker = new Worker(this.workerPath, {
      name: 'password-decryption',
      resourceLimits: { maxOldGenerationSizeMb: mostHeapMiB, maxYoungGenerationSizeMb: mostYoungMiB },
    });
    worker.on('message', (answer: DecryptionAnswer) => this.finish(worker, (job) => job.answer(answer)));
    worker.on('error', (error) => {
      this.logger.warn({ detail: describeError(error) }, 'The decryption thread has died');
    });
    worker.on('exit', () => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.finish(undefined, (job) => job.refuse('its thread has died'));
    });
    // Last, since a listener for messages makes the process wait for the thread again.
    worker.unref();
    return worker;
  }

  /** Lets go of the job at hand and takes the next. What a thread says that has been given up counts no more. */
  private finish(worker: Worker | undefined, settle: (job: Job) => void): void {
    if (worker !== this.worker || !this.running) return;
    clearTimeout(this.watchdog);
    const job = this.running;
    this.running = undefined;
    settle(job);
    this.workOn();
  }

  private async endThread(reason: string): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    this.finish(undefined, (job) => job.refuse(reason));
    await worker?.terminate();
  }
}

/** One order and the promise of its outcome. Whoever settles it first decides. */
class Job {
  readonly outcome: Promise<string | undefined>;
  private resolve: (password: string | undefined) => void = () => {};
  private reject: (error: DecryptionUnavailable) => void = () => {};
  private deadline: NodeJS.Timeout | undefined;

  constructor(readonly order: DecryptionOrder) {
    this.outcome = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  refuseAfter(deadlineMs: number, onLate: () => void): void {
    this.deadline = setTimeout(() => {
      onLate();
      this.refuse(`no answer within ${deadlineMs} ms`);
    }, deadlineMs);
  }

  answer({ password }: DecryptionAnswer): void {
    clearTimeout(this.deadline);
    this.resolve(password);
  }

  refuse(reason: string): void {
    clearTimeout(this.deadline);
    this.reject(new DecryptionUnavailable(reason));
  }
}
