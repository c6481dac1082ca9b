// Lets a child process of a test run TypeScript: `node -r <this file> child.ts`. Node's own type stripping is missing in
// Node 20 and knows no parameter properties. What was compiled once is kept, because some tests start dozens of processes.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { extname, join, resolve } = require('node:path');

const root = resolve(__dirname, '../..');
const cacheFolder = join(root, '.test-cache', 'typescript');
mkdirSync(cacheFolder, { recursive: true });

const compilerOptions = readFileSync(join(root, '.swcrc'));

function compiled(filename) {
  const source = readFileSync(filename);
  const name = createHash('sha256').update(compilerOptions).update(filename).update(source).digest('hex');
  const kept = join(cacheFolder, `${name}.js`);
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    const { transformSync } = require('@swc/core');
    const { code } = transformSync(source.toString(), { filename, cwd: root, sourceMaps: 'inline' });
    // Another process may do the same at this moment; each finds a whole file.
    writeFileSync(`${kept}.${process.pid}`, code);
    renameSync(`${kept}.${process.pid}`, kept);
    return code;
  }
}

for (const extension of ['.ts', '.tsx']) {
  require.extensions[extension] = (module, filename) => {
    if (extname(filename) !== extension) return;
    module._compile(compiled(filename), filename);
  };
}

// A dynamic import names the file that will be built.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function resolveSource(request, parent, ...rest) {
  const isOurs =
    parent?.filename && extname(parent.filename).startsWith('.ts') && /^\.{1,2}\/.*\.js$/.test(request);
  return resolveFilename.call(this, isOurs ? request.slice(0, -'.js'.length) : request, parent, ...rest);
};
