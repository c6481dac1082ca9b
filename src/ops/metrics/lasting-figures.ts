import type { Figure, Labels, Sample } from './measures';

export type Figures = readonly Figure[];

/** Sets of labels, buckets included, that one metric of ended workers has at most; more than any one worker has. */
const mostSamples = 20_000;

interface Total {
  readonly figure: Figure;
  readonly samples: Map<string, Sample>;
}

/**
 * What workers have counted, as the primary process knows it. A count that falls is a restart to Prometheus, which then adds what was
 * counted since the start once more: so what a worker has told stays while it is silent and after it has ended. Gauges are not kept, as
 * they hold only while somebody measures them.
 */
export class LastingFigures {
  private readonly last = new Map<object, Figures>();
  private readonly ended = new WeakSet<object>();
  private readonly ofEnded = new Map<string, Total>();

  /** Takes what a worker tells, in place of what it told before. The last words of one that has ended come too late. */
  take(worker: object, figures: Figures): void {
    if (!this.ended.has(worker)) this.last.set(worker, figures.filter(lasts));
  }

  /** Adds what an ended worker told last to the one sum of all that have ended. */
  end(worker: object): void {
    this.ended.add(worker);
    for (const figure of this.last.get(worker) ?? []) this.add(figure);
    this.last.delete(worker);
  }

  /** The counts of each worker, and the sum of those that have ended. */
  parts(): readonly Figures[] {
    const ended = [...this.ofEnded.values()].map(({ figure, samples }) => ({
      ...figure,
      values: [...samples.values()],
    }));
    return [ended, ...this.last.values()];
  }

  private add(figure: Figure): void {
    const { samples } = this.ofEnded.get(figure.name) ?? { samples: new Map<string, Sample>() };
    for (const sample of figure.values) {
      const key = keyOf(sample);
      const known = samples.get(key);
      if (known) samples.set(key, { ...known, value: together(figure, known.value, sample.value) });
      else if (samples.size < mostSamples) samples.set(key, sample);
    }
    this.ofEnded.set(figure.name, { figure: { ...figure, values: [] }, samples });
  }
}

/** Counters and histograms do; and so does the latest start, of which each change is taken for one more. */
export function lasts({ type, name }: Figure): boolean {
  return type !== 'gauge' || name === 'process_start_time_seconds';
}

function together({ aggregator }: Figure, before: number, value: number): number {
  return aggregator === 'max' ? Math.max(before, value) : before + value;
}

function keyOf({ metricName, labels }: Sample): string {
  return JSON.stringify([metricName, ...sorted(labels)]);
}

function sorted(labels: Labels): readonly (readonly [string, string | number])[] {
  return Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
}
