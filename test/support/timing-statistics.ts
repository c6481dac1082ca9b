/** Durations in milliseconds of one kind of request. */
export type Durations = readonly number[];

/** How well the durations of two kinds can be told apart. */
export interface Separation {
  /**
   * How often somebody with one duration of each kind would guess right that the longer one is of the second kind (Mann-Whitney): 0.5 is
   * no better than a coin, 1 is always.
   */
  readonly auc: number;
  /** Median of the second kind less that of the first, in milliseconds. */
  readonly medianDifferenceMs: number;
  /** Where that difference lies with a probability of 95 per cent (percentile bootstrap). */
  readonly interval: readonly [number, number];
}

const bootstrapRounds = 1000;

export function quantile(values: Durations, share: number): number {
  const order = Float64Array.from(values).sort();
  return order[Math.min(order.length - 1, Math.floor(share * order.length))] ?? NaN;
}

export function median(values: Durations): number {
  return quantile(values, 0.5);
}

export function separation(first: Durations, second: Durations): Separation {
  const differences = Array.from(
    { length: bootstrapRounds },
    () => median(resampled(second)) - median(resampled(first)),
  );
  return {
    auc: auc(first, second),
    medianDifferenceMs: median(second) - median(first),
    interval: [quantile(differences, 0.025), quantile(differences, 0.975)],
  };
}

/** The share of all pairs in which the second is longer; ties count half. */
export function auc(first: Durations, second: Durations): number {
  const order = Float64Array.from(first).sort();
  const shorter = second.reduce((sum, value) => sum + (below(order, value) + upTo(order, value)) / 2, 0);
  return shorter / (first.length * second.length);
}

function below(order: Float64Array, value: number): number {
  return firstIndex(order, (one) => one >= value);
}

function upTo(order: Float64Array, value: number): number {
  return firstIndex(order, (one) => one > value);
}

function firstIndex(order: Float64Array, isThere: (one: number) => boolean): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isThere(order[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function resampled(values: Durations): number[] {
  return values.map(() => values[Math.floor(Math.random() * values.length)] ?? NaN);
}

/** One line for each kind; the first kind is what the others are compared with. */
export function timingReport(times: ReadonlyMap<string, Durations>): string {
  const [[baseName, base] = ['', []], ...others] = [...times];
  const width = Math.max(...[...times.keys()].map((kind) => kind.length));
  const line = (kind: string, durations: Durations) =>
    `${kind.padEnd(width)}  n ${durations.length}  median ${ms(median(durations))}  p90 ${ms(quantile(durations, 0.9))}  p99 ${ms(quantile(durations, 0.99))}`;
  return [
    line(baseName, base),
    ...others.map(([kind, durations]) => {
      const { auc: area, medianDifferenceMs, interval } = separation(base, durations);
      const [low, high] = interval.map((value) => value.toFixed(2));
      return `${line(kind, durations)}  Δmedian ${medianDifferenceMs.toFixed(2)} ms [${low}, ${high}]  AUC ${area.toFixed(3)}`;
    }),
  ].join('\n');
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
