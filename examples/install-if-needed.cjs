// Makes an example ready to start: the gateway and the example are installed and the gateway is built, each only where that is missing or old.
// It runs by any Node from 20 on, because the install brings the newer one that everything else runs by.
const { spawnSync } = require('node:child_process');
const { statSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const writtenMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function npm(folder, ...args) {
  const { status } = spawnSync('npm', [...args, '--prefix', folder], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function installIn(folder) {
  const lock = writtenMs(join(folder, 'package-lock.json'));
  if (lock === 0 || writtenMs(join(folder, 'node_modules', '.package-lock.json')) >= lock) return;
  npm(folder, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent');
}

if (writtenMs(join(root, 'node_modules')) === 0) npm(root, 'ci', '--no-audit', '--no-fund');
installIn(process.cwd());
npm(root, 'run', '-s', 'build:if-needed');
