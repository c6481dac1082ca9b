// Builds dist/ when it is missing or older than a source file. Used by `npm start`, `npm run cli` and `npm test`.
const { spawnSync } = require('node:child_process');
const { readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');

function newestMs(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

const sources = [
  'src',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package.json',
  'scripts/build-client.js',
];
const newestSourceMs = Math.max(...sources.map((name) => newestMs(join(root, name))));
// What the build writes last.
const built = statSync(join(root, 'dist', 'web', 'client', 'gatehouse.js'), { throwIfNoEntry: false });

if (!built || built.mtimeMs < newestSourceMs) {
  const result = spawnSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit', shell: true });
  process.exit(result.status ?? 1);
}
