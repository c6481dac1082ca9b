const found = require('./found.fixture');
const { barPlot, linePlot, logTicks, plotsOf } = require('./plots');

/** Every number of an attribute, in order. */
function numbers(svg, attribute) {
  return Array.from(svg.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g')), ([, value]) => Number(value));
}

/** No tag is left open, and no number is none. */
function isWhole(svg) {
  const opened = Array.from(svg.matchAll(/<([a-z]+)/g)).length;
  const closed = Array.from(svg.matchAll(/<\/([a-z]+)>/g)).length;
  return opened === closed && !/NaN|undefined|Infinity/.test(svg);
}

it('draws all plots that there are figures for', () => {
  const plots = plotsOf(found);
  expect(plots.map(({ file }) => file)).toEqual([
    'throughput-64.svg',
    'throughput-1.svg',
    'latency-refresh.svg',
    'cost-over-size.svg',
  ]);
  expect(plots.filter(({ svg }) => !isWhole(svg))).toEqual([]);
  expect(plotsOf({ rows: [], curves: [], sizes: [] })).toEqual([]);
});

it('has a title, names both axes with their units, and writes no markup of a title', () => {
  const [, , latency] = plotsOf(found);
  expect(latency.svg).toContain('<title>Latency over load: refresh &lt;embedded&gt;</title>');
  expect(latency.svg).toContain('milliseconds (logarithmic)');
  expect(latency.svg).toContain('load, of what the program itself can do');
});

it('gives the paper no colour of its own, so that it is legible in light and dark', () => {
  for (const { svg } of plotsOf(found)) expect(svg).not.toMatch(/fill="(#000|#fff|black|white)/);
});

it('draws a bar as long as its share of the longest of its group', () => {
  const barsOf = (values) => values.map((value) => ({ name: String(value), value }));
  const groups = [
    { title: 'many', bars: barsOf([4000, 1000]) },
    { title: 'few', bars: barsOf([4, 3]) },
  ];
  const svg = barPlot({ title: 'Bars', unit: 'requests a second', groups });
  const widths = numbers(svg, 'width').filter((width) => width > 10 && width < 800);
  const [most, quarter, fewMost, threeQuarters] = widths.slice(-4);
  expect(quarter / most).toBeCloseTo(0.25, 2);
  expect(fewMost).toBe(most);
  expect(threeQuarters / most).toBeCloseTo(0.75, 2);
});

it('gives each program of the plot a colour of its own', () => {
  const bars = Array.from({ length: 10 }, (_, index) => ({ name: `program ${index}`, value: index + 1 }));
  const svg = barPlot({ title: 'Bars', unit: 'requests a second', groups: [{ title: 'row', bars }] });
  const colours = Array.from(
    svg.matchAll(/height="12"[^>]* fill="([^"]*)"|fill="([^"]*)"[^>]* height="12"/g),
  );
  expect(new Set(colours.map(([, one, other]) => one ?? other)).size).toBe(10);
});

it('leaves out what has no value, and draws nothing of nothing', () => {
  const bars = [
    { name: 'gateway', value: NaN },
    { name: 'limit', value: 0 },
  ];
  expect(barPlot({ title: 'Bars', unit: 'x', groups: [{ title: 'row', bars }] })).toBeUndefined();
  const series = [{ name: 'gateway', points: [[0.1, NaN]] }];
  expect(linePlot({ title: 'Lines', x: { title: 'x' }, y: { title: 'y' }, series })).toBeUndefined();
});

it('has ticks from below the least value to above the most', () => {
  expect(logTicks(3, 40)).toEqual([2, 5, 10, 20, 50]);
  expect(logTicks(10, 10)[0]).toBeLessThanOrEqual(10);
});
