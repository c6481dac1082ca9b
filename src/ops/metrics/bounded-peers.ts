import type { Reading } from '../../common/instruments';
import type { MetricDefinition } from './definitions';
import type { Sample } from './measures';

/** Servers of one source that have labels of their own. */
const mostPeers = 32;

/** The values of one metric. DNS may name any number of servers: past the first ones of a source they are told as one, `other`. */
export function boundedPeers(
  { aggregator }: Pick<MetricDefinition, 'aggregator'>,
  readings: readonly Reading[],
): readonly Sample[] {
  const ofSource = new Map<string, number>();
  const others = new Map<string, number>();
  const samples: Sample[] = [];
  for (const { labels, value } of readings) {
    const count = 'peer' in labels ? (ofSource.get(labels.source) ?? 0) + 1 : 0;
    if ('peer' in labels) ofSource.set(labels.source, count);
    if (!('peer' in labels) || count <= mostPeers) samples.push({ labels: { ...labels }, value });
    else others.set(labels.source, together(aggregator, others.get(labels.source), value));
  }
  const rest = [...others].map(([source, value]) => ({ labels: { source, peer: 'other' }, value }));
  return [...samples, ...rest];
}

function together(
  aggregator: MetricDefinition['aggregator'],
  before: number | undefined,
  value: number,
): number {
  if (before === undefined) return value;
  return aggregator === 'sum' ? before + value : Math.min(before, value);
}
