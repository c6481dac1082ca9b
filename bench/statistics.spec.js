const { comparisonOf } = require('./measure');
const { median, quantile, summary } = require('./statistics');

it('takes the middle one, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

it('takes the value below which a share of all lies', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 99 - index);
  expect(quantile(hundred, 0.5)).toBe(50);
  expect(quantile(hundred, 0.99)).toBe(99);
  expect(quantile(hundred, 1)).toBe(99);
  expect(quantile([], 0.5)).toBeNaN();
});

it('tells the middle of rounds and how far they lie apart', () => {
  expect(summary([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5 });
});

function round(perSecond, more = {}) {
  return { perSecond, cpuUs: 10, loadShare: 0.2, p50Ms: 1, p99Ms: 2, count: 100, failures: 0, ...more };
}

it('compares within rounds: a machine that was slow in one round was slow for both', () => {
  const results = new Map([
    ['gateway', [round(100), round(10), round(90)]],
    ['limit', [round(200), round(20), round(180)]],
  ]);
  const { programs, ratios } = comparisonOf(results);
  expect(ratios.limit).toEqual({ median: 0.5, least: 0.5, most: 0.5 });
  expect(programs.gateway.perSecond).toEqual({ median: 90, least: 10, most: 100 });
  expect(Object.keys(ratios)).toEqual(['limit']);
});

it('says of a program how much of its answers was wrong, from one in a hundred on', () => {
  const failing = { failures: 100, firstFailure: 'answered 503' };
  const results = new Map([
    ['gateway', [round(100), round(100, failing)]],
    ['limit', [round(100, { failures: 1 }), round(100)]],
  ]);
  const { programs } = comparisonOf(results);
  expect(programs.gateway).toMatchObject({ failures: 1 / 3, firstFailure: 'answered 503' });
  expect(programs.limit.failures).toBeUndefined();
});
