// A flame graph as a picture that stands for itself: callers above, what they call below, and the width is the share of the time.
const { groups } = require('./frames');
const { element, escaped, legend, picture, text } = require('./svg');

const width = 1200;
const left = 12;
const inner = width - 2 * left;
const rowHeight = 17;
const letterWidth = 6.9;
const leastLetters = 3;
const letters = '#1b1f24';
/** What is smaller is left out. */
const leastShare = 0.003;
const mostBytes = 200_000;

const round = (value) => Math.round(value * 10) / 10;
const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;

/** Where each frame lies, depth by depth; shares are those of the whole tree. */
function boxesOf(tree, least = leastShare) {
  const boxes = [];
  const place = (frames, from, depth) => {
    let at = from;
    for (const frame of frames) {
      const share = frame.total / tree.total;
      if (share >= least) {
        boxes.push({ frame, share, at, depth });
        place(frame.children, at, depth + 1);
      }
      at += share;
    }
  };
  place(tree.children, 0, 0);
  return boxes;
}

function boxPart({ frame, share, at, depth }, top) {
  const title = `${frame.name}, ${percent(share)}, ${frame.place}`;
  // A seam between neighbours, as wide as the paper shows through.
  const size = { width: round(Math.max(0.4, share * inner - 0.5)), height: rowHeight - 1 };
  const corner = { x: round(left + at * inner), y: top + depth * rowHeight };
  return element('rect', { ...corner, ...size }, element('title', {}, escaped(title)));
}

function labelPart({ frame, share, at, depth }, top) {
  const room = Math.floor((share * inner - 6) / letterWidth);
  if (room < leastLetters) return '';
  const label = frame.name.length > room ? `${frame.name.slice(0, room - 1)}…` : frame.name;
  const corner = { x: round(left + at * inner + 3), y: top + depth * rowHeight + 12 };
  return element('text', corner, escaped(label));
}

/** Boxes of one colour together, since that need be said only once then. */
function colouredParts(boxes, top) {
  return Object.entries(groups)
    .map(([name, { colour }]) => [colour, boxes.filter(({ frame }) => frame.group === name)])
    .filter(([, own]) => own.length > 0)
    .map(([fill, own]) => element('g', { fill }, own.map((box) => boxPart(box, top)).join('\n')));
}

function drawn(tree, { title, subtitle, least }) {
  const boxes = boxesOf(tree, least);
  const note = `${subtitle}; boxes below ${percent(least)} are left out`;
  const entries = Object.values(groups).map(({ title: name, colour }) => ({ name, colour }));
  const names = legend(entries, { left, top: 64, right: width - left });
  const depth = Math.max(...boxes.map((box) => box.depth + 1));
  const labels = boxes.map((box) => labelPart(box, names.bottom)).join('');
  const look = { fill: letters, 'font-size': 11, 'pointer-events': 'none' };
  const height = names.bottom + depth * rowHeight + 12;
  const parts = [text([left, 42], note), ...names.parts, ...colouredParts(boxes, names.bottom)];
  return picture({ title, width, height }, [...parts, element('g', look, labels)]);
}

/**
 * The picture of a tree of frames, as stacksOf gives it, as SVG.
 * @param about `{ title, subtitle, leastShare, mostBytes }`; where the picture is longer than that, more of the small boxes are left out
 */
function flameGraph(tree, { title, subtitle, leastShare: first = leastShare, mostBytes: most = mostBytes }) {
  for (let least = first; ; least = Math.max(least * 1.5, leastShare)) {
    const svg = drawn(tree, { title, subtitle, least });
    if (Buffer.byteLength(svg) <= most || least > 0.1) return svg;
  }
}

module.exports = { boxesOf, flameGraph };
