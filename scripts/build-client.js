// Builds the client for browsers: one ES module without dependencies, and its types in one file beside it.
// Usage: node scripts/build-client.js [FOLDER], by default dist/web/client.
const { execFileSync } = require('node:child_process');
const { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { buildSync } = require('esbuild');

const root = join(__dirname, '..');
const source = join(root, 'src', 'web', 'client');
const target = resolve(process.argv[2] ?? join(root, 'dist', 'web', 'client'));

function buildScript() {
  buildSync({
    entryPoints: [join(source, 'gatehouse.ts')],
    outfile: join(target, 'gatehouse.js'),
    tsconfig: join(source, 'tsconfig.build.json'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    banner: { js: '/*! Gatehouse, Apache-2.0 */' },
    logLevel: 'warning',
  });
}

/** The compiler checks the sources here. What the module exports stands in two of its files. */
function writeTypes() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-client-'));
  try {
    const compiler = require.resolve('typescript/bin/tsc');
    const project = join(source, 'tsconfig.build.json');
    execFileSync(process.execPath, [compiler, '-p', project, '--outDir', folder], { stdio: 'inherit' });
    const texts = ['contract.d.ts', 'gatehouse.d.ts'].map((name) => readFileSync(join(folder, name), 'utf8'));
    const withoutImports = texts.join('').replace(/^(import|export \*) .*\n/gm, '');
    writeFileSync(join(target, 'gatehouse.d.ts'), withoutImports);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

mkdirSync(target, { recursive: true });
writeTypes();
buildScript();
