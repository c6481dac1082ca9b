import { LastingFigures } from './lasting-figures';
import type { Figure, Sample } from './measures';

const worker = { id: 1 };
const another = { id: 2 };
let lasting: LastingFigures;

beforeEach(() => {
  lasting = new LastingFigures();
});

function counter(value: number, labels: Figure['values'][number]['labels'] = {}): Figure {
  return {
    name: 'refreshes_total',
    help: '',
    type: 'counter',
    aggregator: 'sum',
    values: [{ labels, value }],
  };
}

function gauge(name: string, value: number): Figure {
  return { name, help: '', type: 'gauge', aggregator: 'max', values: [{ labels: {}, value }] };
}

function valuesOf(name: string): readonly number[] {
  const figures = lasting.parts().flat();
  return figures
    .filter((figure) => figure.name === name)
    .flatMap(({ values }) => values.map(({ value }) => value));
}

describe('what workers have counted', () => {
  it('is what each of them told last', () => {
    lasting.take(worker, [counter(3)]);
    lasting.take(another, [counter(5)]);
    lasting.take(worker, [counter(4)]);
    expect(valuesOf('refreshes_total')).toEqual([4, 5]);
  });

  it('stays as one sum when they have ended, in whatever order their labels came', () => {
    lasting.take(worker, [counter(3, { door: 'native', outcome: 'success' })]);
    lasting.take(another, [counter(5, { outcome: 'success', door: 'native' })]);
    lasting.end(worker);
    lasting.end(another);
    lasting.end(another);
    expect(valuesOf('refreshes_total')).toEqual([8]);
  });

  it('keeps the parts of a histogram apart', () => {
    const values: readonly Sample[] = [
      { labels: { le: 1 }, value: 2, metricName: 'duration_bucket' },
      { labels: { le: '+Inf' }, value: 3, metricName: 'duration_bucket' },
      { labels: {}, value: 1.5, metricName: 'duration_sum' },
      { labels: {}, value: 3, metricName: 'duration_count' },
    ];
    const figure: Figure = { name: 'duration', help: '', type: 'histogram', aggregator: 'sum', values };
    for (const one of [worker, another]) {
      lasting.take(one, [figure]);
      lasting.end(one);
    }
    expect(valuesOf('duration')).toEqual([4, 6, 3, 6]);
  });

  it('is not told twice by one that has ended', () => {
    lasting.take(worker, [counter(3)]);
    lasting.end(worker);
    lasting.take(worker, [counter(4)]);
    expect(valuesOf('refreshes_total')).toEqual([3]);
  });

  it('is no gauge but the latest start, which does not go back either', () => {
    lasting.take(worker, [gauge('process_start_time_seconds', 200), gauge('nodejs_heap_size_used_bytes', 7)]);
    lasting.take(another, [gauge('process_start_time_seconds', 100)]);
    lasting.end(worker);
    lasting.end(another);
    expect(valuesOf('process_start_time_seconds')).toEqual([200]);
    expect(valuesOf('nodejs_heap_size_used_bytes')).toEqual([]);
  });

  it('does not grow with the workers that there ever were', () => {
    for (let id = 0; id < 30; id++) {
      const one = { id };
      const values = Array.from({ length: 1000 }, (_, route) => ({
        labels: { route: `${id}/${route}` },
        value: 1,
      }));
      lasting.take(one, [{ ...counter(0), values }]);
      lasting.end(one);
    }
    expect(valuesOf('refreshes_total')).toHaveLength(20_000);
  });
});
