import { workers, workersSilent } from './definitions';
import { exposition } from './exposition';
import { type Figures, LastingFigures, lasts } from './lasting-figures';
import { figureOf } from './measures';
import { type Measured, notInTime, ownFigures, Scrapes } from './scrapes';

/** The other end of a channel between two processes of this gateway. */
export interface Channel {
  /** @param done told when the message is on its way or lost; without it Node ends a process whose peer is gone */
  send(message: object, done: () => void): void;
}

const evenIfLost = (): void => undefined;

/** How long the primary process waits for its workers, and how long a worker waits for the primary process. */
const workerAnswerMs = 2000;
const primaryAnswerMs = 4000;

/** One look at something that is answered by messages, or not in time. */
class Pending<T> {
  private readonly waiting = new Map<number, (value: T) => void>();
  private lastId = 0;

  /** Sends a question with a number of its own; resolves with `late` when no answer comes in time. */
  ask(send: (id: number) => void, withinMs: number, late: T): Promise<T> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answer(id, late), withinMs);
      this.waiting.set(id, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      send(id);
    });
  }

  answer(id: number, value: T): void {
    this.waiting.get(id)?.(value);
    this.waiting.delete(id);
  }
}

/** In a worker: asks the primary process for the page of all, and tells it what this worker measures. */
export class WorkerScrapes extends Scrapes {
  private readonly pages = new Pending<string | undefined>();

  constructor(
    private readonly measured: Measured,
    private readonly primary: Channel,
  ) {
    super();
  }

  /** Takes a message of the primary process; those of others are left alone. */
  take(message: unknown): void {
    const { kind, id, content } = membersOf(message);
    if (kind === 'metrics-page' && typeof content === 'string') this.pages.answer(id, content);
    if (kind === 'metrics-own') void this.tell(id);
  }

  protected override async collect(): Promise<string> {
    const ask = (id: number) => this.primary.send({ kind: 'metrics-of-all', id }, evenIfLost);
    const page = await this.pages.ask(ask, primaryAnswerMs, undefined);
    if (page === undefined) throw notInTime();
    return page;
  }

  private async tell(id: number): Promise<void> {
    this.primary.send({ kind: 'metrics-figures', id, content: await ownFigures(this.measured) }, evenIfLost);
  }
}

/**
 * In the primary process: gathers what every worker measures. Of one that does not answer in time only what it has counted so far is
 * told; how many those are is told too.
 */
export class PrimaryScrapes extends Scrapes {
  private readonly figures = new Pending<Figures | undefined>();
  private readonly counts = new LastingFigures();

  /** @param all the workers that there are at the moment */
  constructor(private readonly all: () => readonly Channel[]) {
    super();
  }

  /** Takes a message of a worker; those of others are left alone. */
  take(message: unknown, worker: Channel): void {
    const { kind, id, content } = membersOf(message);
    if (kind === 'metrics-of-all') void this.tell(worker, id);
    if (kind !== 'metrics-figures' || !isFigures(content)) return;
    // However late: what it has counted since the last time is welcome.
    this.counts.take(worker, content);
    this.figures.answer(id, content);
  }

  /** To be told of every worker that has ended, so that what it counted is not lost with it. */
  ended(worker: Channel): void {
    this.counts.end(worker);
  }

  protected override async collect(): Promise<string> {
    const asked = this.all().map((worker) =>
      this.figures.ask(
        (id) => worker.send({ kind: 'metrics-own', id }, evenIfLost),
        workerAnswerMs,
        undefined,
      ),
    );
    const answers = await Promise.all(asked);
    const told = answers.filter((figures) => figures !== undefined);
    const present = told.map((figures) => figures.filter((figure) => !lasts(figure)));
    const own = [
      figureOf(workers, [{ labels: {}, value: answers.length }]),
      figureOf(workersSilent, [{ labels: {}, value: answers.length - told.length }]),
    ];
    return exposition([...this.counts.parts(), ...present, own]);
  }

  private async tell(worker: Channel, id: number): Promise<void> {
    worker.send({ kind: 'metrics-page', id, content: await this.page() }, evenIfLost);
  }
}

function membersOf(message: unknown): {
  readonly kind: unknown;
  readonly id: number;
  readonly content: unknown;
} {
  const members = new Map(typeof message === 'object' && message !== null ? Object.entries(message) : []);
  return { kind: members.get('kind'), id: Number(members.get('id')), content: members.get('content') };
}

/** Our own workers send nothing else under this kind; it is the form alone that is looked at. */
function isFigures(content: unknown): content is Figures {
  return (
    Array.isArray(content) &&
    content.every((figure: unknown) => typeof figure === 'object' && figure !== null && 'values' in figure)
  );
}
