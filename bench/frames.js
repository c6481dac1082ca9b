// Where a frame of a profile comes from: a place without any path of the machine, a module, and a group of modules that has a colour.

/** Groups in the order of the legend. Dark letters are legible on all of the colours, which are so on light and dark paper. */
const groups = {
  gatehouse: { title: 'gatehouse', colour: '#f2a65a' },
  nest: { title: 'Nest', colour: '#ee8fa3' },
  fastify: { title: 'Fastify', colour: '#8fd08b' },
  ldapts: { title: 'ldapts', colour: '#6fc9d6' },
  lmdb: { title: 'lmdb', colour: '#c8a8ef' },
  node: { title: 'node:', colour: '#96b8ee' },
  others: { title: 'other packages, generated code', colour: '#dccb6c' },
  native: { title: 'garbage collector, native', colour: '#b4bcc6' },
};

const packagesOf = {
  fastify: ['fastify', 'find-my-way', 'avvio', 'fast-json-stringify'],
  ldapts: ['ldapts'],
  lmdb: ['lmdb', 'msgpackr', 'msgpackr-extract', 'ordered-binary', 'weak-lru-cache'],
};
const scopes = { '@nestjs': 'nest', '@fastify': 'fastify' };

const afterLast = (text, part) => {
  const at = text.lastIndexOf(part);
  return at < 0 ? undefined : text.slice(at + part.length);
};

/** The path of a script from its package on. What is neither a package nor built code has only its name left. */
function pathOf(url) {
  if (url.startsWith('node:')) return url;
  const path = decoded(url);
  const inPackage = afterLast(path, '/node_modules/');
  if (inPackage !== undefined) return inPackage;
  const built = afterLast(path, '/dist/');
  return built === undefined ? path.slice(path.lastIndexOf('/') + 1) : `gatehouse/${built}`;
}

function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function moduleOf(path, url) {
  const parts = path.split('/');
  if (path.startsWith('node:')) return parts.slice(0, 2).join('/');
  if (url.includes('/node_modules/')) return parts.slice(0, path.startsWith('@') ? 2 : 1).join('/');
  return parts.length > 2 ? parts.slice(0, 2).join('/') : parts[0];
}

function groupOf(path, url) {
  if (path.startsWith('node:')) return 'node';
  if (!url.includes('/node_modules/')) return path.startsWith('gatehouse/') ? 'gatehouse' : 'others';
  const [first] = path.split('/');
  if (Object.hasOwn(scopes, first)) return scopes[first];
  return Object.keys(packagesOf).find((group) => packagesOf[group].includes(first)) ?? 'others';
}

/** What has no file: functions made of text while the program runs, built-in ones, and what V8 does itself. */
function withoutFile({ functionName, lineNumber }, caller) {
  const isItself = functionName.startsWith('(') && functionName !== '(anonymous)';
  if (isItself)
    return { name: functionName, place: 'V8', module: functionName, owner: undefined, group: 'native' };
  const kind = lineNumber >= 0 ? 'generated' : 'native';
  const called = caller?.owner === undefined ? kind : `${kind}, called by ${caller.owner}`;
  return {
    name: functionName || '(anonymous)',
    place: kind,
    module: called,
    owner: caller?.owner,
    group: kind === 'native' ? 'native' : 'others',
  };
}

/**
 * `{ name, place, module, owner, group }` of a call frame of V8. `place` is the file and the line, `owner` the module that has to answer
 * for a frame without a file.
 * @param caller what this has given for the frame that called it, undefined at the root
 */
function originOf(callFrame, caller) {
  const { functionName, url, lineNumber } = callFrame;
  if (!url) return withoutFile(callFrame, caller);
  const path = pathOf(url);
  const module = moduleOf(path, url);
  return {
    name: functionName || '(anonymous)',
    place: `${path}:${lineNumber + 1}`,
    module,
    owner: module,
    group: groupOf(path, url),
  };
}

module.exports = { groups, originOf };
