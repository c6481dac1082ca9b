// Lets a child process of a test run TypeScript: `node -r <this file> child.ts`. Node's own type stripping is missing in
// Node 20 and knows no parameter properties.
const { readFileSync } = require('node:fs');
const { extname } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  if (extname(filename) !== '.ts') return;
  module._compile(
    transformSync(readFileSync(filename, 'utf8'), { filename, sourceMaps: 'inline' }).code,
    filename,
  );
};
