// Fails when a lock file lacks optional platform packages that its own entries name: `npm ci` would then refuse it.
const { readFileSync } = require('node:fs');

const { packages } = JSON.parse(readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8'));

/** Node's own look-up: the package's folder first, then every folder above it. */
function isLocked(from, name) {
  for (let folder = from; ;) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
    if (!folder) return false;
    const cut = folder.lastIndexOf('/node_modules/');
    folder = cut < 0 ? '' : folder.slice(0, cut);
  }
}

const lacks = Object.entries(packages).flatMap(([path, entry]) => {
  const missing = Object.keys(entry.optionalDependencies ?? {}).filter((name) => !isLocked(path, name));
  return missing.length > 0 ? [`${path || '(root)'}@${entry.version} lacks ${missing.join(', ')}`] : [];
});

for (const line of lacks) console.log(line);
console.log(lacks.length > 0 ? `${lacks.length} incomplete` : 'complete');
process.exitCode = lacks.length > 0 ? 1 : 0;
