// The plots: throughput side by side, latency over load, cost over size.
const { legend, line, palette, path, picture, rectangle, short, text } = require('./svg');

const width = 860;
const frame = { left: 70, right: 24, bottom: 52 };
const legendPlace = { left: 12, top: 46, right: width - 12 };

/** Powers of ten and what lies between, from the one below the least value to the one above the most. */
function logTicks(least, most) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++)
    for (const step of [1, 2, 5]) ticks.push(step * 10 ** power);
  const from = ticks.findLastIndex((tick) => tick <= least);
  const to = ticks.findIndex((tick) => tick >= most);
  return ticks.slice(Math.max(0, from), to < 0 ? undefined : to + 1);
}

/** Maps values to places, by their logarithm; of one value alone to the middle. */
function logScale(ticks, [from, to]) {
  const [low, high] = [Math.log10(ticks[0]), Math.log10(ticks.at(-1))];
  return (value) =>
    high === low ? (from + to) / 2 : from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

const percent = (share) => `${Math.round(share * 100)} %`;

function isPlottable(value) {
  return Number.isFinite(value) && value > 0;
}

const barHeight = 15;
const groupGap = 14;
const labelWidth = 250;

/**
 * Bars in groups, one group below the other. A bar is as long as its share of the longest of its group, and the value stands behind it:
 * what belongs together can be compared by length, though one group is a hundred times another.
 * @param groups `[{ title, bars: [{ name, value }] }]`; what has no value is left out
 */
function barPlot({ title, unit, groups }) {
  const drawn = groups
    .map((group) => ({ ...group, bars: group.bars.filter(({ value }) => isPlottable(value)) }))
    .filter(({ bars }) => bars.length > 0);
  if (drawn.length === 0) return undefined;
  const names = [...new Set(drawn.flatMap(({ bars }) => bars.map(({ name }) => name)))];
  const scale = linearScale([0, 1], [labelWidth, width - frame.right - 50]);
  const barCount = drawn.reduce((sum, { bars }) => sum + bars.length, 0);
  const colourOf = (name) => palette[names.indexOf(name) % palette.length];
  const { parts, bottom: top } = legend(
    names.map((name) => ({ name, colour: colourOf(name) })),
    legendPlace,
  );
  const bottom = top + barCount * barHeight + drawn.length * groupGap;
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(line([scale(share), top], [scale(share), bottom], { faint: true }));
    parts.push(text([scale(share), bottom + 16], percent(share), { anchor: 'middle' }));
  }
  let y = top;
  for (const { title: label, bars } of drawn) {
    const most = Math.max(...bars.map(({ value }) => value));
    parts.push(text([labelWidth - 10, y + (bars.length * barHeight) / 2 + 4], label, { anchor: 'end' }));
    for (const { name, value } of bars) {
      const end = scale(value / most);
      parts.push(
        rectangle({
          x: labelWidth,
          y,
          width: end - labelWidth,
          height: barHeight - 3,
          colour: colourOf(name),
        }),
      );
      parts.push(text([end + 5, y + barHeight - 5], short(value), { size: 11 }));
      y += barHeight;
    }
    y += groupGap;
  }
  parts.push(text([labelWidth, bottom + 36], `of the most in each group; behind the bars: ${unit}`));
  return picture({ title, width, height: bottom + 48 }, parts);
}

const plotHeight = 400;

/**
 * Lines over logarithmic or, for shares, plain axes.
 * @param series `[{ name, points: [[x, y]], colour, isDashed }]`; without a colour each has the next one
 * @param x `{ title, isLinear }`
 */
function linePlot({ title, x, y, series }) {
  const drawn = series
    .map((one, index) => ({
      ...{ colour: palette[index % palette.length], ...one },
      points: one.points.filter((point) => point.every(isPlottable)),
    }))
    .filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
  const all = drawn.flatMap(({ points }) => points);
  const [left, right, bottom] = [frame.left, width - frame.right, plotHeight - frame.bottom];
  const yTicks = logTicks(
    Math.min(...all.map(([, value]) => value)),
    Math.max(...all.map(([, value]) => value)),
  );
  const xValues = [...new Set(all.map(([value]) => value))].sort((a, b) => a - b);
  const xTicks = x.isLinear
    ? xValues
    : logTicks(xValues[0], xValues.at(-1)).filter((tick) => String(tick).startsWith('1'));
  const toX = x.isLinear
    ? linearScale(xValues, [left, right])
    : logScale([xValues[0], xValues.at(-1)], [left, right]);
  const names = legend(drawn, legendPlace);
  const { bottom: top } = names;
  const toY = logScale(yTicks, [bottom, top]);
  const parts = [...names.parts];
  for (const tick of yTicks) {
    parts.push(line([left, toY(tick)], [right, toY(tick)], { faint: true }));
    parts.push(text([left - 8, toY(tick) + 4], short(tick), { anchor: 'end' }));
  }
  for (const tick of xTicks.filter((one) => one >= xValues[0] && one <= xValues.at(-1)))
    parts.push(text([toX(tick), bottom + 18], x.label?.(tick) ?? short(tick), { anchor: 'middle' }));
  parts.push(line([left, bottom], [right, bottom]), line([left, top], [left, bottom]));
  parts.push(text([(left + right) / 2, plotHeight - 12], x.title, { anchor: 'middle' }));
  parts.push(text([18, (top + bottom) / 2], `${y.title} (logarithmic)`, { anchor: 'middle', turned: true }));
  for (const { points, ...look } of drawn) {
    const places = points.map(([px, py]) => [toX(px), toY(py)]);
    parts.push(path(places, look));
  }
  return picture({ title, width, height: plotHeight }, parts);
}

function linearScale(values, [from, to]) {
  const [low, high] = [values[0], values.at(-1)];
  return (value) => (high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from));
}

const numberOf = (connections) => (connections === 1 ? 'one connection' : `${connections} connections`);

function throughputPlot({ rows }, connections) {
  const groups = rows
    .filter((row) => row.connections === connections)
    .map(({ title, programs }) => ({
      title,
      bars: Object.entries(programs).map(([name, { perSecond }]) => ({ name, value: perSecond.median })),
    }));
  return barPlot({
    title: `Requests a second at ${numberOf(connections)}`,
    unit: 'requests a second',
    groups,
  });
}

function latencyPlot({ curves }, id) {
  const own = curves.filter((curve) => curve.id === id);
  const series = own.flatMap(({ program, points }, index) => {
    const steady = points.filter(({ isOverloaded }) => !isOverloaded);
    return ['p50', 'p99'].map((name) => ({
      name: `${program}, ${name}`,
      colour: palette[index % palette.length],
      isDashed: name === 'p99',
      points: steady.map((point) => [point.share, point[`${name}Ms`]]),
    }));
  });
  const x = { title: 'load, of what the program itself can do', isLinear: true, label: percent };
  return linePlot({ title: `Latency over load: ${own[0]?.title}`, x, y: { title: 'milliseconds' }, series });
}

function sizePlot({ sizes }) {
  const series = sizes.map(({ title, sizes: list }) => ({
    name: title,
    points: list.map(({ size, cpuUs }) => [size, cpuUs]),
  }));
  const x = { title: 'sessions, or addresses (logarithmic)' };
  return linePlot({ title: 'Processor time over size', x, y: { title: 'µs for a request' }, series });
}

/** All plots that there are figures for: `[{ file, title, svg }]`. */
function plotsOf(found) {
  const ids = [...new Set(found.curves.map(({ id }) => id))];
  const plots = [
    ...[64, 1].map((connections) => ({
      file: `throughput-${connections}.svg`,
      title: `Throughput at ${numberOf(connections)}`,
      svg: throughputPlot(found, connections),
    })),
    ...ids.map((id) => ({
      file: `latency-${id}.svg`,
      title: `Latency over load, ${id}`,
      svg: latencyPlot(found, id),
    })),
    { file: 'cost-over-size.svg', title: 'Cost over size', svg: sizePlot(found) },
  ];
  return plots.filter(({ svg }) => svg !== undefined);
}

module.exports = { barPlot, linePlot, logTicks, plotsOf };
