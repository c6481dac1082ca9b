// Small profiles made by hand, for the specs.

/** The call frame of `name` or `name url`. */
function callFrame(text) {
  const [, functionName, url = ''] = /^(.*?)(?: ((?:file|node):.*))?$/.exec(text);
  return { functionName, url, lineNumber: url ? 9 : -1 };
}

/** A .cpuprofile of stacks with how long each lasted, in microseconds. */
function cpuProfile(stacks) {
  const nodes = [];
  const add = (text) => {
    nodes.push({ id: nodes.length + 1, callFrame: callFrame(text), children: [] });
    return nodes.at(-1);
  };
  const root = add('(root)');
  const samples = stacks.map(([frames]) => {
    let at = root;
    for (const text of frames) {
      const parent = at;
      at = add(text);
      parent.children.push(at.id);
    }
    return at.id;
  });
  const lengths = stacks.map(([, us]) => us);
  const total = lengths.reduce((sum, us) => sum + us, 0);
  return { nodes, startTime: 1000, endTime: 1000 + total, samples, timeDeltas: [0, ...lengths.slice(0, -1)] };
}

module.exports = { callFrame, cpuProfile };
