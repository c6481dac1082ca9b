import cluster from 'node:cluster';
import type { Counters } from './counters';
import { StoreUnavailable, type WindowCount } from './store';

/** What a worker asks of the primary process. */
interface Question {
  readonly ask: 'increment';
  readonly id: number;
  readonly key: string;
  readonly windowMs: number;
}

interface Answer extends WindowCount {
  readonly answer: 'increment';
  readonly id: number;
}

/** The other end of a channel between two processes of this gateway. */
export interface Peer {
  /** @param done told when the message is on its way or lost; without it Node ends a process whose peer is gone */
  send(message: object, done: () => void): void;
}

/** Whoever died needs no answer, and one whose question is lost is told so by the deadline. */
const evenIfLost = (): void => undefined;

const answerTimeoutMs = 2_000;

/** The argument that our primary process gives to its workers; other programs fork workers too. */
export const workerArgument = '--gatehouse-worker';

/** Whether a primary process of ours answers this one. */
export function isOurWorker(): boolean {
  return cluster.isWorker && process.argv.includes(workerArgument);
}

/** In the primary process: answers the workers, so that all of them count together. Messages of others are left alone. */
export function answerFrom(counters: Counters, message: unknown, worker: Peer): void {
  if (!isQuestion(message)) return;
  const { id, key, windowMs } = message;
  void Promise.resolve(counters.increment(key, windowMs)).then((count) => {
    const answer: Answer = { answer: 'increment', id, ...count };
    worker.send(answer, evenIfLost);
  });
}

interface Waiting {
  readonly resolve: (count: WindowCount) => void;
  readonly timer: NodeJS.Timeout;
}

/** In a worker: counts in the primary process. Nothing is written to a disk, and the counts end with that process. */
export class SharedCounters implements Counters {
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor(private readonly primary: Peer) {}

  /** @throws StoreUnavailable when the primary process does not answer. */
  increment(key: string, windowMs: number): Promise<WindowCount> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new StoreUnavailable('the primary process did not count in time'));
      }, answerTimeoutMs);
      this.waiting.set(id, { resolve, timer });
      const question: Question = { ask: 'increment', id, key, windowMs };
      this.primary.send(question, evenIfLost);
    });
  }

  /** Takes a message of the primary process; those of others are left alone. */
  take(message: unknown): void {
    if (!isAnswer(message)) return;
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    this.waiting.delete(message.id);
    clearTimeout(waiting.timer);
    waiting.resolve({ count: message.count, endsAtMs: message.endsAtMs });
  }
}

function isQuestion(message: unknown): message is Question {
  const members = membersOf(message);
  return (
    members.get('ask') === 'increment' &&
    typeof members.get('id') === 'number' &&
    typeof members.get('key') === 'string' &&
    typeof members.get('windowMs') === 'number'
  );
}

function isAnswer(message: unknown): message is Answer {
  const members = membersOf(message);
  return (
    members.get('answer') === 'increment' &&
    ['id', 'count', 'endsAtMs'].every((name) => typeof members.get(name) === 'number')
  );
}

function membersOf(message: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof message === 'object' && message !== null ? Object.entries(message) : []);
}
