// From a sampled heap profile of V8 to who allocates how much for each request.
const { selfBy, treeOf } = require('./stacks');

/** A function with its file and line, or with whoever called it where it has no file. */
function placeOf({ name, place, module }) {
  if (name === module) return name;
  return `${name} (${place.includes(':') ? place : module})`;
}

/**
 * Bytes for each request, by place and by module, `{ bytes, places, modules }`; most first, and their `share` is that of all bytes.
 * @param profile as V8 writes it, parsed
 * @throws Error when nothing was sampled
 */
function allocationsOf(profile, requests) {
  const tree = treeOf(profile.head?.children ?? [], {
    childrenOf: ({ children = [] }) => children,
    valueOf: ({ selfSize }) => selfSize,
  });
  if (tree.total === 0) throw new Error('the heap profile is empty: no allocation was sampled');
  const perRequest = (rows) => rows.map(({ name, self, share }) => ({ name, bytes: self / requests, share }));
  return {
    bytes: tree.total / requests,
    places: perRequest(selfBy(tree, placeOf)),
    modules: perRequest(selfBy(tree, ({ module }) => module)),
  };
}

module.exports = { allocationsOf };
