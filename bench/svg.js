// The little of SVG that the plots need. Colours are legible on light and on dark paper alike, and the paper itself is left as it is.

/** For series, in order: told apart by their lightness too. */
const palette = [
  ...['#2f81f7', '#8b949e', '#d29922', '#bf4b8a', '#2da44e', '#a371f7', '#e5534b', '#39a3a3'],
  ...['#8c6d31', '#1f3f8f', '#7fb800', '#f28cb1'],
];
const ink = '#7d8590';
const fontSize = 12;

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Text that is no markup. */
const escaped = (text) => String(text).replace(/[&<>"]/g, (character) => entities[character]);

/** A number short enough for a label: 1200 is 1.2k. */
function short(value) {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e3) return `${trimmed(value / 1e3)}k`;
  if (value >= 10 || value === 0) return String(Math.round(value));
  return trimmed(value);
}

const trimmed = (value) => String(Number(value.toPrecision(2)));

/** A tag; its content is markup already. */
function element(name, attributes, content = '') {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${list.join('')}>${content}</${name}>`;
}

function text(at, content, { anchor = 'start', size = fontSize, weight = 'normal', turned = false } = {}) {
  const [x, y] = at.map(round);
  const turn = turned && { transform: `rotate(-90 ${x} ${y})` };
  const look = { 'text-anchor': anchor, 'font-size': size, 'font-weight': weight, fill: ink };
  return element('text', { x, y, ...look, ...turn }, escaped(content));
}

function line([x1, y1], [x2, y2], { colour = ink, width = 1, faint = false } = {}) {
  const look = { stroke: colour, 'stroke-width': width, ...(faint && { 'stroke-opacity': 0.25 }) };
  return element('line', { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2), ...look });
}

function rectangle({ x, y, width, height, colour }) {
  return element('rect', {
    ...{ x: round(x), y: round(y), width: round(Math.max(0, width)), height: round(height) },
    fill: colour,
  });
}

function path(points, { colour, isDashed = false }) {
  const list = points.map((point) => point.map(round).join(',')).join(' ');
  const look = {
    fill: 'none',
    stroke: colour,
    'stroke-width': 2,
    ...(isDashed && { 'stroke-dasharray': '6 4' }),
  };
  const dots = points.map(([x, y]) => element('circle', { cx: round(x), cy: round(y), r: 3, fill: colour }));
  return element('polyline', { points: list, ...look }) + dots.join('');
}

const round = (value) => Math.round(value * 10) / 10;

/** A whole picture with a title, which is also what a screen reader says. */
function picture({ title, width, height }, parts) {
  const heading = text([12, 22], title, { size: 15, weight: 'bold' });
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    ...{ width, height, role: 'img', 'font-family': 'system-ui, sans-serif' },
  };
  return `${element('svg', attributes, `\n${[element('title', {}, escaped(title)), heading, ...parts].join('\n')}\n`)}\n`;
}

const legendLine = 18;
const letterWidth = 7;

/** Names beside their colours, in as many lines as they need. Gives `{ parts, bottom }`. */
function legend(entries, { left, top, right }) {
  const parts = [];
  let [x, y] = [left, top];
  for (const { name, colour } of entries) {
    const width = 26 + name.length * letterWidth;
    if (x > left && x + width > right) [x, y] = [left, y + legendLine];
    parts.push(rectangle({ x, y: y - 9, width: 10, height: 10, colour }), text([x + 15, y], name));
    x += width;
  }
  return { parts, bottom: y + legendLine };
}

module.exports = { element, escaped, legend, line, palette, path, picture, rectangle, short, text };
