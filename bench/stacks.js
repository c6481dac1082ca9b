// From a profile of V8 to a tree of frames, in which the same function under the same caller is there once.
const { originOf } = require('./frames');

/** Under these the process starts; what serves requests is called by the event loop. */
const startScript = 'node:internal/main/run_main_module';

/**
 * The time of each node in microseconds. A sample lasts until the next one.
 * @param window `{ fromUs, toUs }` on the clock of the profile, which is that of `process.hrtime`
 */
function selfTimes({ startTime, endTime, samples = [], timeDeltas = [] }, { fromUs, toUs }) {
  const times = new Map();
  let atUs = startTime;
  samples.forEach((id, index) => {
    atUs += timeDeltas[index];
    const untilUs = index + 1 < samples.length ? atUs + timeDeltas[index + 1] : endTime;
    const us = Math.min(untilUs, toUs) - Math.max(atUs, fromUs);
    if (us > 0) times.set(id, (times.get(id) ?? 0) + us);
  });
  return times;
}

const keyOf = ({ functionName, url, lineNumber }) => `${functionName} ${url}:${lineNumber}`;

function isLeftOut({ functionName, url }) {
  return functionName === '(idle)' || url === startScript;
}

/** Adds a node and all below it to a tree; a child that is there already takes them up. */
function addTo(parent, node, { childrenOf, valueOf }) {
  if (isLeftOut(node.callFrame)) return;
  const key = keyOf(node.callFrame);
  const own = parent.children.get(key) ?? {
    ...originOf(node.callFrame, parent),
    self: 0,
    total: 0,
    children: new Map(),
  };
  parent.children.set(key, own);
  own.self += valueOf(node);
  for (const child of childrenOf(node)) addTo(own, child, { childrenOf, valueOf });
}

/** Sums up, and leaves out what has nothing. */
function finished({ children, ...frame }) {
  const below = Array.from(children.values(), finished).filter(({ total }) => total > 0);
  const total = below.reduce((sum, child) => sum + child.total, frame.self);
  return { ...frame, total, children: below.sort((a, b) => b.total - a.total) };
}

/** The tree of some nodes of V8 that lie beside each other, under one root without a name. */
function treeOf(nodes, { childrenOf, valueOf }) {
  const root = { self: 0, total: 0, children: new Map() };
  for (const node of nodes) addTo(root, node, { childrenOf, valueOf });
  return finished(root);
}

const always = { fromUs: -Infinity, toUs: Infinity };

/**
 * The tree of a .cpuprofile, without idle time and without the start of the process; `self` and `total` are microseconds.
 * @param profile as V8 writes it, parsed
 * @throws Error when it has no time in that window in which anything ran
 */
function stacksOf(profile, window = always) {
  const { nodes = [] } = profile;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = selfTimes(profile, window);
  const tree = treeOf(childrenIn(nodes[0], byId), {
    childrenOf: (node) => childrenIn(node, byId),
    valueOf: ({ id }) => times.get(id) ?? 0,
  });
  if (tree.total === 0) throw new Error('the CPU profile is empty: nothing but idle time and the start');
  return tree;
}

function childrenIn(node, byId) {
  return (node?.children ?? []).map((id) => byId.get(id));
}

/** Every frame of a tree, the root left out. */
function* framesIn({ children }) {
  for (const child of children) {
    yield child;
    yield* framesIn(child);
  }
}

/**
 * What frames have themselves, summed up by a name of each, `{ name, self, share }`; most first.
 * @param nameOf gives the name for a frame, such as that of its module
 */
function selfBy(tree, nameOf) {
  const sums = new Map();
  for (const frame of framesIn(tree)) {
    if (frame.self > 0) sums.set(nameOf(frame), (sums.get(nameOf(frame)) ?? 0) + frame.self);
  }
  return Array.from(sums, ([name, self]) => ({ name, self, share: self / tree.total })).sort(
    (a, b) => b.self - a.self,
  );
}

module.exports = { selfBy, stacksOf, treeOf };
