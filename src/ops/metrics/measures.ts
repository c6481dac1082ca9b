import type { MetricDefinition } from './definitions';

export type Labels = Readonly<Record<string, string | number>>;

/** A value as it is written down: with its labels and, in a histogram, the name of its part. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

/** A metric with its values, in the form in which prom-client writes it and processes send it to each other. */
export interface Figure extends Pick<MetricDefinition, 'name' | 'help'> {
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly Sample[];
}

/** In seconds: from a read of the embedded store to the longest login. */
export const bucketsSeconds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Sets of labels that one metric has at most; further ones go to one set, whose labels are all `other`. */
const mostSeries = 1000;

/** What is measured under one set of labels. */
export interface Series {
  samples(name: string, labels: Labels): readonly Sample[];
}

/**
 * Everything that was measured under one name, apart by labels. It is kept here rather than in prom-client's own classes because those
 * sort and join the labels of each value, and load for a tenth of a second.
 */
export class Family<S extends Series> {
  private readonly series = new Map<string, { readonly labels: Labels; readonly series: S }>();

  constructor(
    private readonly definition: MetricDefinition,
    private readonly create: () => S,
  ) {}

  /** The one that these labels have, always the same. */
  at(labels: Labels): S {
    const key = this.definition.labels.map((name) => labels[name]).join('\n');
    const known = this.series.get(key);
    if (known) return known.series;
    return this.series.size < mostSeries ? this.added(key, labels) : this.other();
  }

  figure(): Figure {
    const all = [...this.series.values()];
    return figureOf(
      this.definition,
      all.flatMap(({ labels, series }) => series.samples(this.definition.name, labels)),
    );
  }

  private other(): S {
    const labels = Object.fromEntries(this.definition.labels.map((name) => [name, 'other']));
    return this.series.get('other')?.series ?? this.added('other', labels);
  }

  private added(key: string, labels: Labels): S {
    const series = this.create();
    this.series.set(key, { labels, series });
    return series;
  }
}

export class Count implements Series {
  private value = 0;

  add(): void {
    this.value++;
  }

  samples(_name: string, labels: Labels): readonly Sample[] {
    return [{ labels, value: this.value }];
  }
}

/** How long things took, by buckets. */
export class Durations implements Series {
  private readonly counts = new Float64Array(bucketsSeconds.length + 1);
  private sumSeconds = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (seconds > (bucketsSeconds[bucket] ?? Infinity)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumSeconds += seconds;
  }

  /** Each bucket holds those before it as well. */
  samples(name: string, labels: Labels): readonly Sample[] {
    let count = 0;
    const buckets = [...bucketsSeconds, '+Inf'].map((le, index) => {
      count += this.counts[index] ?? 0;
      return { labels: { ...labels, le }, value: count, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { labels, value: this.sumSeconds, metricName: `${name}_sum` },
      { labels, value: count, metricName: `${name}_count` },
    ];
  }
}

/** A metric with values that were read just now. */
export function figureOf(definition: MetricDefinition, values: readonly Sample[]): Figure {
  const { name, help, type, aggregator } = definition;
  return { name, help, type, aggregator, values };
}
